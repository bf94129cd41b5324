import { producerState } from './partition-log.ts';
import type { Fault } from './faults.ts';
import type { Late, Move, Place, Rules, World, Writer } from './world.ts';
import { isOwner, lateBatches } from './writer.ts';

/*
 * What a search need not look at, because nothing that an invariant sees can come of it. None of this changes what can
 * happen; `reduction.test.ts` searches with it and without.
 */

/** Epochs only grow, and so does what is deleted: the coordinator refuses what is older now and for ever. */
function isVain(late: Late, { cluster }: World): boolean {
  if (late.is === 'DeleteRecords') return late.before <= cluster.log.start;
  return (late.is === 'EndTxn' || late.is === 'AddPartitionsToTxn') && late.epoch < cluster.coordinator.epoch;
}

/** The leader refuses this epoch, and goes on to, as long as its log is not truncated. */
function isRefusedByLeader(epoch: number, { cluster }: World, { verifies }: Rules): boolean {
  const state = producerState(cluster.log);
  if (state !== null && state.epoch > epoch) return true;
  return verifies && epoch < cluster.coordinator.epoch && state?.open !== true;
}

/** Bytes that would be refused, an old process that has nothing to do but to end, and a file that nobody will read. */
export function withoutTheDead(all: World, rules: Rules, kinds: readonly Fault[]): World {
  const may = (fault: Fault): boolean => all.faultsLeft > 0 && all.end === null && kinds.includes(fault);
  const mayTruncate = may('truncation');
  const { report } = all;
  const isUnread = !(report.before === null && report.exists) && !may('torn report');
  const world = isUnread ? { ...all, report: { ...report, exists: true, before: null } } : all;
  const { zombie } = world;
  const writesBefore = world.report.before !== null && zombie?.id === report.owner - 1;
  const isDead = zombie !== null && !writesBefore && isAtItsEnd(zombie, world, rules, mayTruncate);
  const bytes = isDead ? [...world.late, ...lateBatches(zombie.requests)] : world.late;
  const late = bytes.filter(
    (one) =>
      !isVain(one, world) &&
      !(one.is === 'batches' && !mayTruncate && isRefusedByLeader(one.sent[0]?.epoch ?? -1, world, rules)),
  );
  return late.length === world.late.length && !isDead ? world : { ...world, zombie: isDead ? null : zombie, late };
}

/** Its report is another's, and its next moves change nothing before it notices that, or is told. */
function isAtItsEnd(writer: Writer, world: World, rules: Rules, mayTruncate: boolean): boolean {
  if (isOwner(world, writer)) return false;
  const { at, epoch, requests } = writer;
  if (looksNext(at, rules)) return true;
  if (epoch >= world.cluster.coordinator.epoch || !asksNext.has(at)) return false;
  return requests === null || (!mayTruncate && isRefusedByLeader(epoch, world, rules));
}

/** Whether it looks whose report it is before it changes anything. */
function looksNext(at: Place, { policy }: Rules): boolean {
  switch (at) {
    case 'ask for the holder':
      return policy.looksAfterHolder;
    case 'begin':
      return policy.looksBeforePurge && policy.looksAfterHolder;
    case 'scan':
      return policy.looksBeforePurge && policy.looksAfterBump;
    case 'note the purge':
      return policy.looksBeforePurge;
    default:
      return at === 'prove';
  }
}

/** Where it asks the coordinator, with its epoch, before it changes anything else. */
const asksNext: ReadonlySet<Place> = new Set([
  'commit forward',
  'await the commit forward',
  'add to fence',
  'commit to fence',
  'add to confirm',
  'commit to confirm',
  'note the epoch',
  'add',
  'send',
  'commit',
]);

/**
 * With no faults left, in which order these happen makes no difference: replicas may fetch at once, an answer concerns
 * nobody but its writer, and a process that is alone has nobody to race with.
 */
export function representative(moves: readonly Move[], world: World, { policy }: Rules): readonly Move[] {
  // A mutant reads up to the high watermark: to it, replication makes a difference.
  if (world.faultsLeft > 0 || policy.scansTo === 'high watermark') return moves;
  const replicate = moves.find(({ name }) => name === 'replicate');
  if (replicate) return [replicate];
  const alone = world.zombie === null && world.late.length === 0 && world.current !== null;
  const local = moves.find(({ name }) => alone || name === 'answer');
  return local ? [local] : moves;
}
