import { Pipeline } from '../../../src/engine/pipeline.ts';
import { produceOutcome, type ProduceOutcome } from '../../../src/engine/produce-outcome.ts';
import type { PartitionReport } from '../../../src/model/report.ts';
import { addPartition, endTxn, produce } from './cluster.ts';
import { recordsOf, sentAs } from './entry.ts';
import type { Move, Request, Rules, World, Writer } from './world.ts';
import { asked, go, halted, isOwner, ledgerOf, lost, partitionOf, written, type Turn } from './writer.ts';

const isComplete = ({ plan }: Rules, writer: Writer): boolean => partitionOf(writer).acknowledged === recordsOf(plan);

/** A transaction begins. The connection is opened with the first one of a session. Session.enlist, Lane.begin. */
export function add(turn: Turn): Move[] {
  const { world, writer, rules } = turn;
  if (isComplete(rules, writer)) {
    return [{ name: 'has nothing to send', to: () => go(turn, { at: 'prove', requests: null }) }];
  }
  return asked(turn, 'AddPartitionsToTxn', addPartition(world.cluster, writer.epoch), () => {
    // A mutant believes that the leader knows it already.
    const history = rules.policy.firstAlone ? [] : ['sent', 'written'];
    return withSent({ ...writer, at: 'send', requests: writer.requests ?? [], history, acknowledged: 0 }, rules);
  });
}

/** Sends all that the pipeline has room for: what is not to arrive need not arrive. */
function withSent(writer: Writer, { plan, window }: Rules): Writer {
  const requests = [...(writer.requests ?? [])];
  const history = [...writer.history];
  const pipeline = pipelineOf(history);
  const first = plan.findIndex(({ index }) => index === partitionOf(writer).acknowledged);
  const left = window === 'any' ? Infinity : window - writer.acknowledged;
  while (first >= 0 && pipeline.hasRoom && pipeline.inFlight < left) {
    const batch = plan[first + pipeline.inFlight];
    if (batch === undefined) break;
    requests.push({ sent: sentAs(batch, writer.epoch, writer.record?.base ?? 0), result: null });
    pipeline.sent();
    history.push('sent');
  }
  return { ...writer, requests, history };
}

/** The real pipeline, brought to where it is. */
function pipelineOf(history: readonly string[]): Pipeline {
  const pipeline = new Pipeline();
  pipeline.begin();
  for (const event of history) {
    if (event === 'sent') pipeline.sent();
    else pipeline.answered(event as ProduceOutcome);
  }
  return pipeline;
}

/** The broker takes the oldest batch that it has not, or the writer gets the oldest answer, or the window closes. */
export function send(turn: Turn): Move[] {
  const { world, writer, rules } = turn;
  const requests = writer.requests ?? [];
  const moves: Move[] = [];
  const next = requests.findIndex(({ result }) => result === null);
  const waiting = requests[next];
  if (waiting !== undefined) {
    moves.push({
      name: 'append',
      to: () => {
        const { log, code, offset } = produce(world.cluster, waiting.sent, rules.verifies);
        const taken = requests.with(next, { ...waiting, result: { code, offset } });
        return go(turn, { requests: taken }, { ...world.cluster, log });
      },
    });
  }
  const oldest = requests[0];
  if (oldest?.result != null && hasAnswer(world, oldest)) {
    moves.push({ name: 'answer', to: () => answered(turn) });
  }
  const enough = rules.window === 'any' ? writer.acknowledged > 0 : writer.acknowledged >= rules.window;
  if (requests.length === 0 && (enough || isComplete(rules, writer))) {
    moves.push({ name: 'closes the window', to: () => go(turn, { at: 'commit' }) });
  }
  return moves;
}

/** acks=all: an acknowledgement comes when the batch is replicated, and the leader knows that. */
function hasAnswer({ cluster: { log } }: World, { sent, result }: Request): boolean {
  if (result?.code !== 0) return true;
  return !log.lagging && log.replicated >= result.offset + sent.batch.count;
}

/** PartitionFlow.answered */
function answered(turn: Turn): World {
  const { world, writer, rules } = turn;
  const [oldest, ...requests] = writer.requests ?? [];
  if (oldest?.result == null) throw new Error('nothing is answered');
  const { sent, result } = oldest;
  const outcome = produceOutcome(result.code);
  const pipeline = pipelineOf(writer.history);
  const after: Writer = { ...writer, requests, history: [...writer.history, outcome] };
  switch (pipeline.answered(outcome)) {
    case 'written': {
      const ledger = ledgerOf(partitionOf(writer));
      const standing = { offset: result.offset, crc: sent.crc, leaderEpoch: writer.leaderEpoch };
      if (!ledger.acknowledge(sent.batch, standing)) return lost({ ...turn, writer: after });
      const partition = ledger.report;
      const next = { ...after, partition, acknowledged: writer.acknowledged + 1 };
      return go({ ...turn, world: notable(world, writer, partition) }, withSent(next, rules));
    }
    case 'unwritten':
      return go(turn, withSent(after, rules));
    case 'refused':
      return halted(turn, 'BatchRefused');
    case 'fenced':
    case 'unknown':
      return lost({ ...turn, writer: after });
  }
}

/** Acknowledged positions are written every second: this one too, perhaps. */
function notable(world: World, writer: Writer, partition: PartitionReport): World {
  if (!isOwner(world, writer)) return world;
  return {
    ...world,
    report: { ...world.report, noted: [...world.report.noted, { producer: writer.record, partition }] },
  };
}

/** EndTxn until the markers are written, then the checkpoint. Session.commit. */
export function commit(turn: Turn): Move[] {
  const { world, writer, rules } = turn;
  const { checkpointsAfterCommit, looksAtLeader } = rules.policy;
  const ledger = ledgerOf(partitionOf(writer));
  if (!checkpointsAfterCommit && ledger.report.committed < ledger.report.acknowledged) {
    ledger.commit();
    return [{ name: 'checkpoint', to: () => written(turn, { partition: ledger.report }) }];
  }
  const { is, cluster } = endTxn(world.cluster, writer.epoch, true);
  if (is === 'wait') return [];
  if (is === 'started') return [{ name: 'EndTxn', to: () => go(turn, {}, cluster) }];
  const hasMoved = looksAtLeader && cluster.log.leaderEpoch !== writer.leaderEpoch;
  if (is !== 'ended' || hasMoved) return [{ name: 'EndTxn: lost', to: () => lost(turn) }];
  ledger.commit();
  const next = { at: 'add', partition: ledger.report, history: [], acknowledged: 0 } as const;
  return [{ name: 'committed, checkpoint', to: () => written(turn, next) }];
}
