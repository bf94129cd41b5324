import * as kafka from './cluster.ts';
import { endOf } from './entry.ts';
import { appendForeign, Code, endOfLog, forget, producerState } from './partition-log.ts';
import { lookFor } from './takeover.ts';
import { because, type Late, type Move, type Request, type Rules, type World, type Writer } from './world.ts';
import { lateBatches, lost } from './writer.ts';

/** Everything that a search may let go wrong. */
export const faults = {
  kill,
  cut,
  freeze,
  forget: forgets,
  refusal,
  'leader change': leaderChange,
  truncation,
  'coordinator abort': coordinatorAbort,
  'start from zero': startFromZero,
  'foreign append': foreignAppend,
  'torn report': tornReport,
  'interrupted look': interruptedLook,
};
export type Fault = keyof typeof faults;
export const allFaults = Object.keys(faults) as readonly Fault[];

export function faultsOf(world: World, rules: Rules, kinds: readonly Fault[]): Move[] {
  if (world.faultsLeft === 0 || world.end?.as === 'halted') return [];
  const left = { ...world, faultsLeft: world.faultsLeft - 1 };
  return kinds.flatMap((kind) => faults[kind](left, rules).map(({ name, to }) => ({ name: `! ${kind}${name}`, to })));
}

/** The process is gone. Its last request may have left it, and arrive whenever it likes. */
function kill(world: World): Move[] {
  const { current } = world;
  if (current === null) return [];
  const late = [...world.late, ...lateBatches(current.requests)];
  const call = callOf(current);
  const moves: Move[] = [{ name: '', to: () => ({ ...world, current: null, late }) }];
  if (call) {
    moves.push({ name: `, ${call.is} on the way`, to: () => ({ ...world, current: null, late: [...late, call] }) });
  }
  return moves;
}

/** What the process is about to ask the coordinator or the leader for. */
function callOf({ at, epoch, partition, purgeTo }: Writer): Late | null {
  switch (at) {
    case 'bump':
      return { is: 'InitProducerId' };
    case 'add':
    case 'add to fence':
    case 'add to confirm':
      return { is: 'AddPartitionsToTxn', epoch };
    case 'commit':
    case 'commit forward':
    case 'commit to fence':
    case 'commit to confirm':
      return { is: 'EndTxn', epoch };
    case 'purge':
      return { is: 'DeleteRecords', before: purgeTo };
    case 'finish a purge':
      return { is: 'DeleteRecords', before: partition?.purgeTo ?? 0 };
    default:
      return null;
  }
}

/** The connection to the leader is lost; what was written to it may still arrive, and no answer will. */
function cut(world: World, rules: Rules): Move[] {
  const { current } = world;
  if (current?.requests == null) return [];
  return [{ name: '', to: () => lost({ world, slot: 'current', writer: current, rules }) }];
}

/** Taken for dead, it is followed by another process; whenever it wakes up, if ever, it goes on as if nothing had been. */
function freeze(world: World): Move[] {
  const { current, zombie } = world;
  if (current === null || zombie !== null) return [];
  return [{ name: '', to: () => ({ ...world, current: null, zombie: current }) }];
}

function forgets(world: World, { verifies }: Rules): Move[] {
  const { cluster } = world;
  const state = producerState(cluster.log);
  if (state === null || state.open) return [];
  const forgotten = { ...world, cluster: { ...cluster, log: forget(cluster.log) } };
  return [{ name: '', to: () => (verifies ? forgotten : aDayLater(forgotten)) }];
}

/**
 * A marker carries the present time: what no transaction holds is forgotten a day after the last one. A broker that does
 * not ask the coordinator is assumed to have received by then what was on the way, or never to.
 */
function aDayLater(world: World): World {
  const closed = (writer: Writer | null): Writer | null =>
    writer?.requests == null ? writer : { ...writer, requests: writer.requests.map(refusedUnless(() => false)) };
  const late = world.late.filter(({ is }) => is !== 'batches');
  return { ...world, late, current: closed(world.current), zombie: closed(world.zombie) };
}

/** The leader refuses a batch before the append: not enough replicas (or the transaction is not verified yet), or not leading. */
function refusal(world: World): Move[] {
  const { current } = world;
  const requests = current?.requests ?? [];
  const next = requests.findIndex(({ result }) => result === null);
  const waiting = requests[next];
  if (current === null || waiting === undefined) return [];
  return [Code.NotEnoughReplicas, Code.NotLeader].map((code) => ({
    name: ` ${code}`,
    to: () => ({
      ...world,
      current: { ...current, requests: requests.with(next, { ...waiting, result: { code, offset: -1 } }) },
    }),
  }));
}

/** To a replica that has all that is replicated, and the rest or not. */
function leaderChange(world: World): Move[] {
  const { log } = world.cluster;
  const end = endOfLog(log);
  const upTo = log.replicated === end ? [end] : [log.replicated, end];
  return upTo.map((offset) => ({ name: ` at ${offset} of ${end}`, to: () => elected(world, offset) }));
}

/** To a replica that lacks what was replicated. After Done this is nobody's promise any more. */
function truncation(world: World): Move[] {
  const { log } = world.cluster;
  if (world.end !== null) return [];
  const ends = log.entries.map(endOf).filter((end) => end > log.start && end < log.replicated);
  const upTo = log.replicated > log.start ? [log.start, ...ends] : [];
  return upTo.map((offset) => ({
    name: ` to ${offset} of ${log.replicated}`,
    to: () => elected(because(world, 'truncation'), offset),
  }));
}

function elected(world: World, upTo: number): World {
  const cluster = kafka.elect(world.cluster, upTo);
  const refused = refusedUnless(({ sent, result }) =>
    result?.code === 0 ? result.offset + sent.batch.count <= upTo : result !== null,
  );
  const told = (writer: Writer | null): Writer | null =>
    writer?.requests == null ? writer : { ...writer, requests: writer.requests.map(refused) };
  const late = world.late.filter(({ is }) => is !== 'batches');
  return { ...world, cluster, late, current: told(world.current), zombie: told(world.zombie) };
}

/** The connection is not served any more, but for what is answered already. */
const refusedUnless =
  (isAnswered: (request: Request) => boolean) =>
  (request: Request): Request =>
    isAnswered(request) ? request : { ...request, result: { code: Code.NotLeader, offset: -1 } };

function coordinatorAbort(world: World): Move[] {
  if (world.cluster.coordinator.state !== 'open') return [];
  return [{ name: '', to: () => ({ ...because(world, 'timeout'), cluster: kafka.timeOut(world.cluster) }) }];
}

/** A person deletes the report and the Job: a process that lives on finds its report gone. The claim is kept elsewhere. */
function startFromZero(world: World): Move[] {
  const { current, report } = world;
  if (report.partition === null || world.end !== null) return [];
  const late = [...world.late, ...lateBatches(current?.requests ?? null)];
  const forgotten = {
    owner: report.owner + 1,
    exists: false,
    before: null,
    producer: null,
    partition: null,
    noted: [],
  };
  return [{ name: '', to: () => ({ ...because(world, 'reset'), report: forgotten, current: null, late }) }];
}

function foreignAppend(world: World): Move[] {
  const { cluster } = world;
  return [
    {
      name: '',
      to: () => ({ ...because(world, 'foreign'), cluster: { ...cluster, log: appendForeign(cluster.log) } }),
    },
  ];
}

/** The file of the newest process is torn, and that of the one before it is what the next one goes on from. */
function tornReport(world: World): Move[] {
  const { current, end } = world;
  const { owner, before } = world.report;
  if (current !== null || before === null || end !== null) return [];
  const report = { owner, exists: true, ...before, before: null, noted: [] };
  return [{ name: '', to: () => ({ ...because(world, 'torn'), report }) }];
}

/** The connection that a takeover reads the log from is lost, after so many batches; what they were may be in the report. */
function interruptedLook(world: World, rules: Rules): Move[] {
  const { current } = world;
  if (current?.at !== 'scan') return [];
  const moves: Move[] = [];
  for (let batches = 0; ; batches++) {
    const look = lookFor({ world, slot: 'current', writer: current, rules }, batches);
    if (look?.is !== 'interrupted') return moves;
    const { partition } = look;
    const { report } = world;
    const known = { producer: current.record, partition };
    const read = { ...world, report: { ...report, noted: [...report.noted, known] } };
    const writer = { ...current, partition };
    moves.push({ name: ` after ${batches}`, to: () => lost({ world: read, slot: 'current', writer, rules }) });
  }
}
