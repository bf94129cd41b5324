import type { PartitionReport } from '../../../src/model/report.ts';
import { isForeign, recordsOf, type Entry } from './entry.ts';
import { endOfLog, read, type PartitionLog } from './partition-log.ts';
import type { Cause, End, Rules, World } from './world.ts';

/** What must hold, in every state and from each to the next. */
export type Invariant =
  /** No record of the plan stands in the log twice. */
  | 'no record twice'
  /** What stands there is the beginning of the plan, without a gap. */
  | 'in order'
  /** Done is said only when every record is there once, in order, committed, with its own bytes. */
  | 'Done means there'
  /** What the report calls committed is. */
  | 'the report is true'
  /** No transaction with records in it is aborted, unless its time was up or a latecomer interfered. */
  | 'nothing is aborted'
  /** Only a start from zero purges, and a partition with aborted records. */
  | 'nothing is undone'
  /** No record of somebody else is purged. */
  | 'records of others stay'
  /** A run halts only for what has happened. */
  | 'halts have causes';

/** What may cause a halt: one of these, each all of its parts. */
const causesOf: Readonly<Record<string, readonly (readonly Cause[])[]>> = {
  TargetTruncated: [['truncation']],
  LedgerHole: [['truncation']],
  LedgerRepeat: [['truncation']],
  ResetNeedsApproval: [
    ['foreign', 'timeout'],
    ['foreign', 'reset'],
    ['foreign', 'latecomer'],
    ['foreign', 'truncation'],
  ],
};

/** @returns the first invariant that is broken; null if all hold */
export function broken(world: World, before: World, rules: Rules): Invariant | null {
  if (world.end?.as === 'halted') return hasCause(world.end, world) ? null : 'halts have causes';
  const { log } = world.cluster;
  const { partition } = world.report;
  if (log !== before.cluster.log) {
    const found = world.causes.has('truncation') ? null : brokenByChange(world, before, rules);
    if (found !== null) return found;
  }
  if (partition !== null && partition !== before.report.partition && !isTrue(partition, world, rules)) {
    return 'the report is true';
  }
  return world.end !== null && before.end === null && !isThere(world, rules) ? 'Done means there' : null;
}

/** A log that was truncated holds what it holds; the run must notice that before Done, if it matters. */
function brokenByChange(world: World, before: World, { plan }: Rules): Invariant | null {
  const { log } = world.cluster;
  const ours = standing(log);
  const indexes = ours.map(({ sent }) => sent?.batch.index);
  if (new Set(indexes).size < indexes.length) return 'no record twice';
  if (indexes.some((index, i) => index !== plan[i]?.index)) return 'in order';
  const { causes } = world;
  const mayAbort = causes.has('timeout') || causes.has('latecomer');
  if (!mayAbort && ours.some((entry) => isCommitted(entry, log) === false)) return 'nothing is aborted';
  if (log.start === before.cluster.log.start) return null;
  if (log.entries.some((entry) => isForeign(entry) && isDeleted(entry, log))) return 'records of others stay';
  const removed = standing(before.cluster.log).filter((entry) => isDeleted(entry, log));
  const startsFromZero = before.report.partition === null;
  const hasAborted = removed.some((entry) => isCommitted(entry, log) === false);
  return removed.length === 0 || startsFromZero || hasAborted ? null : 'nothing is undone';
}

/** The report may be behind, and a partition that is being purged has nothing to say. */
function isTrue(
  { committed, start, purgeTo }: PartitionReport,
  { cluster: { log }, causes }: World,
  { verifies }: Rules,
): boolean {
  if (purgeTo !== null || causes.has('truncation')) return true;
  // Before 3.6 an old process may append behind the marker of the commit that its successor asked for, and take that for
  // its own. Its file is read if the newer one is torn, and the fencing commit of whoever reads it makes it true.
  if (!verifies && causes.has('torn') && causes.has('latecomer')) return true;
  const there = log.entries.filter((entry) => entry.header.baseOffset >= start && isCommitted(entry, log) === true);
  return committed <= countOf(there);
}

function isThere({ cluster: { log } }: World, { plan }: Rules): boolean {
  const ours = standing(log);
  return (
    countOf(ours.filter((entry) => isCommitted(entry, log) === true)) === recordsOf(plan) &&
    ours.every(({ sent }, i) => sent?.batch.index === plan[i]?.index)
  );
}

/** Our batches that a reader of the partition sees. */
const standing = (log: PartitionLog): Entry[] =>
  read(log, log.start, endOfLog(log)).filter(({ sent }) => sent !== null);

const countOf = (batches: readonly Entry[]): number => batches.reduce((sum, { header }) => sum + header.count, 0);

const isDeleted = ({ header }: Entry, { start }: PartitionLog): boolean => header.baseOffset < start;

/** The first marker of ours behind a batch says what became of it; null while there is none, or if it is not ours. */
function isCommitted({ header, sent }: Entry, { entries }: PartitionLog): boolean | null {
  if (sent === null) return null;
  const marker = entries.find((entry) => entry.header.control && entry.header.baseOffset > header.baseOffset);
  return marker?.commitMarker ?? null;
}

/** Before the first record, somebody else's are reason enough. */
function hasCause({ reason, at }: End & { as: 'halted' }, { causes, cluster: { log } }: World): boolean {
  // Of a purge only the report knows.
  if (reason === 'TargetTruncated' && causes.has('torn') && log.start > 0) return true;
  const possible: readonly (readonly Cause[])[] = at === 'begin' ? [['foreign']] : (causesOf[reason] ?? []);
  return possible.some((all) => all.every((cause) => causes.has(cause)));
}
