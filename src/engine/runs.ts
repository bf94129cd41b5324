import { RekindleError } from '../model/reasons.ts';
import type { OffsetRun } from '../model/report.ts';

/** Offsets of the target that lie between two runs of our records. */
export interface Gap {
  readonly from: number;
  /** Exclusive. */
  readonly to: number;
}

/**
 * Checks that the runs cover the plan without a hole or a repeat, in the order of offsets, and tells the gaps before
 * and between them: offsets where something else must stand.
 * @param start target offset at which the restore began
 * @param records that the plan has
 * @throws RekindleError `LedgerHole` or `LedgerRepeat`
 */
export function gapsOf(name: string, runs: readonly OffsetRun[], start: number, records: number): Gap[] {
  const gaps: Gap[] = [];
  let index = 0;
  let end = start;
  for (const [runIndex, , target, count] of runs) {
    if (runIndex > index) throw hole(name, index, runIndex);
    if (runIndex < index || target < end) {
      throw new RekindleError(
        'LedgerRepeat',
        `${name}: records ${runIndex} and following stand twice in the ledger, again at offset ${target}. Start from zero to restore it again.`,
      );
    }
    if (target > end) gaps.push({ from: end, to: target });
    index += count;
    end = target + count;
  }
  if (index !== records) throw hole(name, index, records);
  return gaps;
}

const hole = (name: string, from: number, to: number): RekindleError =>
  new RekindleError(
    'LedgerHole',
    `${name}: records ${from} to ${to - 1} are not in the ledger. Start from zero to restore it again.`,
  );

/** Where a record of the plan stands in source and target. */
export interface RecordPlace {
  readonly index: number;
  readonly sourceOffset: number;
  readonly targetOffset: number;
}

/** Target offset of a record of the plan; null if no run has it. */
export function targetOffsetOf(runs: readonly OffsetRun[], index: number): number | null {
  const run = runs[countWhile(runs, ([first]) => first <= index) - 1];
  if (run === undefined) return null;
  const [first, , target, count] = run;
  return index < first + count ? target + (index - first) : null;
}

/** The record of the plan that stands at this target offset, or the first one behind it; null if there is none. */
export function firstRecordFrom(runs: readonly OffsetRun[], offset: number): RecordPlace | null {
  const behind = countWhile(runs, ([, , target]) => target <= offset);
  return recordAt(runs, offset) ?? placeIn(runs[behind], 0);
}

/** The record of the plan that stands at this target offset; null if none does. */
export function recordAt(runs: readonly OffsetRun[], offset: number): RecordPlace | null {
  const run = runs[countWhile(runs, ([, , target]) => target <= offset) - 1];
  return run === undefined ? null : placeIn(run, offset - run[2]);
}

function placeIn(run: OffsetRun | undefined, ahead: number): RecordPlace | null {
  if (run === undefined || ahead >= run[3]) return null;
  const [index, sourceOffset, targetOffset] = run;
  return { index: index + ahead, sourceOffset: sourceOffset + ahead, targetOffset: targetOffset + ahead };
}

/** How many runs there are from the first one on for which this holds, which it does for none behind them. */
function countWhile(runs: readonly OffsetRun[], holds: (run: OffsetRun) => boolean): number {
  let [from, to] = [0, runs.length];
  while (from < to) {
    const middle = (from + to) >>> 1;
    const run = runs[middle];
    if (run !== undefined && holds(run)) from = middle + 1;
    else to = middle;
  }
  return from;
}
