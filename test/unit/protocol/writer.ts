import { PartitionLedger } from '../../../src/engine/ledger.ts';
import type { Reason } from '../../../src/model/reasons.ts';
import type { PartitionReport } from '../../../src/model/report.ts';
import type { Answer, Cluster } from './cluster.ts';
import type { Late, Move, Request, Rules, World, Writer } from './world.ts';

/** A process is to make a move. */
export interface Turn {
  readonly world: World;
  readonly slot: 'current' | 'zombie';
  readonly writer: Writer;
  readonly rules: Rules;
}

export const isOwner = ({ report }: World, writer: Writer): boolean => report.owner === writer.id;

/** The writer goes on, with changes to the cluster if it made any. */
export const go = ({ world, slot, writer }: Turn, changes: Partial<Writer>, cluster = world.cluster): World => ({
  ...world,
  cluster,
  [slot]: { ...writer, ...changes },
});

export const gone = ({ world, slot }: Turn): World => ({ ...world, [slot]: null });

/**
 * A coordinator was asked: nothing happens while it says "wait", and a newer epoch ends what the writer is at.
 */
export function asked<Outcome extends string>(
  turn: Turn,
  api: string,
  { is, cluster }: Answer<Outcome>,
  next: (is: Outcome) => Partial<Writer>,
): Move[] {
  if (is === 'wait') return [];
  if (is === 'fenced') return [{ name: `${api}: fenced`, to: () => lost(turn) }];
  return [{ name: `${api}: ${is}`, to: () => go(turn, next(is), cluster) }];
}

/**
 * `journal.stillOurs()` after these changes: ends a process whose report was opened by another one.
 * @param looks false for a mutant that does not
 */
export const ifNewest = (turn: Turn, looks: boolean, changes: Partial<Writer>): World =>
  looks && !isOwner(turn.world, turn.writer) ? gone(turn) : go(turn, changes);

/**
 * `journal.write()` after these changes. The file of a process that is not the newest is read by nobody, unless that of the
 * newest is torn.
 */
export function written(turn: Turn, changes: Partial<Writer>, cluster?: Cluster): World {
  const world = go(turn, changes, cluster);
  const { id, record, partition } = { ...turn.writer, ...changes };
  const { report } = world;
  const known = { producer: record, partition };
  if (id === report.owner) return { ...world, report: { ...report, ...known, noted: [] } };
  if (id === report.owner - 1 && report.before !== null) return { ...world, report: { ...report, before: known } };
  return world;
}

/** Stopped by name; what an old process says is heard by nobody. */
export function halted(turn: Turn, reason: Reason): World {
  const { world, writer } = turn;
  return isOwner(world, writer) ? { ...gone(turn), end: { as: 'halted', reason, at: writer.at } } : gone(turn);
}

/**
 * The outcome of something is unknown, or another epoch is in charge. While it prepares, that ends the process; from then
 * on it takes over again, if its report is still the newest (SessionLoop.survive).
 */
export function lost(turn: Turn): World {
  const { world, writer, rules } = turn;
  const late = [...world.late, ...lateBatches(writer.requests)];
  const ends = writer.partition === null || !isOwner(world, writer);
  return { ...(ends ? gone(turn) : go(turn, takingOver(writer, world.cluster, rules))), late };
}

/** Bytes of a connection that is given up: what the broker has not read yet may still arrive. */
export function lateBatches(requests: readonly Request[] | null): Late[] {
  const sent = (requests ?? []).filter(({ result }) => result === null).map((request) => request.sent);
  return sent.length === 0 ? [] : [{ is: 'batches', sent }];
}

/** At the beginning of a takeover, with the leader as it is now. */
export const takingOver = (writer: Writer, { log }: Cluster, { policy }: Rules): Writer => ({
  ...writer,
  at: policy.commitsBeforeBump ? 'ask for the holder' : 'bump',
  epoch: -1,
  leaderEpoch: log.leaderEpoch,
  hasAborted: false,
  requests: null,
  history: [],
  acknowledged: 0,
});

/** The writer's part of the report, once it has prepared the target. */
export function partitionOf({ partition }: Writer): PartitionReport {
  if (partition === null) throw new Error('the partition was not begun');
  return partition;
}

/** A ledger for the engine to work on: the reports of a state are never changed. */
export const ledgerOf = (partition: PartitionReport): PartitionLedger =>
  new PartitionLedger({
    ...partition,
    runs: partition.runs.map((run) => [...run]),
    foreign: partition.foreign.map((run) => [...run]),
  });
