import {
  emptyPartition,
  emptyReport,
  type OffsetRun,
  type PartitionReport,
  type Report,
} from '../../../src/model/report.ts';

export const blankReport = (epoch: number): Report =>
  emptyReport({ namespace: 'n', name: 'r', uid: 'u' }, epoch, new Date().toISOString());

/** What an opener makes of the report before it. */
export const goingOn = (previous: Report | null, epoch: number): Report => ({
  ...(previous ?? blankReport(epoch)),
  epoch,
});

/** A run of one record, the only one of its transaction in source and target. */
export const runAt = (index: number, start = 0): OffsetRun => [index, 2 * index, start + 2 * index, 1];

/** The report's partition 0, or another, of the one topic; made when it is not there. */
export function partitionOf(report: Report, number = 0): PartitionReport {
  if (report.topics.length === 0) report.topics.push({ target: 'orders', id: 'id', guards: {}, partitions: [] });
  const partitions = report.topics[0]?.partitions ?? [];
  const known = partitions.find(({ partition }) => partition === number);
  if (known) return known;
  const made = emptyPartition(number, 0);
  partitions.push(made);
  return made;
}

/** Records are restored, each a run of its own. */
export function restoreSome(report: Report, count: number, number = 0): void {
  const { runs, start } = partitionOf(report, number);
  for (let left = count; left > 0; left--) runs.push(runAt(runs.length, start));
}
