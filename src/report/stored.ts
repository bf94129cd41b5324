import { z } from 'zod';
import {
  partitionReport,
  report,
  topicReport,
  type OffsetRun,
  type PartitionReport,
  type Report,
} from '../model/report.ts';
import { countedRuns, encodeRunLine, readRunLines, RunsByPartition, type CountedRuns } from './run-log.ts';

/**
 * The document of an epoch as it stands on disk. It is written every second, so it has only those runs that may still
 * change; the others stand in files that are only ever appended to.
 */
export const storedReport = z.object({
  ...report.shape,
  /** Files of runs, oldest first. */
  runFiles: z.array(countedRuns),
  topics: z.array(
    z.object({
      ...topicReport.shape,
      partitions: z.array(
        z.object({
          ...partitionReport.shape,
          /** Runs that come before those here: the last ones of this partition in the files of runs. */
          settledRuns: z.number().int().nonnegative(),
        }),
      ),
    }),
  ),
});
export type StoredReport = z.infer<typeof storedReport>;

/** How many runs of a list stand in files already, from its first one on. A partition that begins again has a new list. */
export type Settled = WeakMap<readonly OffsetRun[], number>;

/** Runs of one line at most. */
const RUNS_PER_LINE = 10_000;

/** The lines that are to be appended before a report is written, and how many runs of each list stand in files then. */
export interface Settlement {
  readonly lines: Buffer;
  readonly settled: ReadonlyMap<readonly OffsetRun[], number>;
}

/** All runs of a partition but the last one are settled: that one may still grow. */
export function settle({ topics }: Report, before: Settled): Settlement {
  const lines: string[] = [];
  const settled = new Map<readonly OffsetRun[], number>();
  for (const { target, partitions } of topics) {
    for (const { partition, runs } of partitions) {
      let from = before.get(runs) ?? 0;
      for (; from < runs.length - 1; from = Math.min(from + RUNS_PER_LINE, runs.length - 1)) {
        const some = runs.slice(from, Math.min(from + RUNS_PER_LINE, runs.length - 1));
        lines.push(encodeRunLine({ topic: target, partition, runs: some }));
      }
      settled.set(runs, from);
    }
  }
  return { lines: Buffer.from(lines.join('')), settled };
}

/** A report as it is to be written. */
export function stored(
  of: Report,
  settled: Pick<ReadonlyMap<readonly OffsetRun[], number>, 'get'>,
  runFiles: readonly CountedRuns[],
): StoredReport {
  const rest = (partition: PartitionReport): StoredReport['topics'][number]['partitions'][number] => {
    const settledRuns = settled.get(partition.runs) ?? 0;
    return { ...partition, settledRuns, runs: partition.runs.slice(settledRuns) };
  };
  const topics = of.topics.map((topic) => ({ ...topic, partitions: topic.partitions.map(rest) }));
  return { ...of, runFiles: [...runFiles], topics };
}

/** A report that was read, with all its runs. */
export interface Whole {
  readonly report: Report;
  readonly runFiles: readonly CountedRuns[];
}

/**
 * Brings a report together with its runs.
 * @param settled is told which runs stand in files
 * @returns null when the files of runs do not have what the report counts on
 */
export async function whole(folder: string, of: StoredReport, settled: Settled): Promise<Whole | null> {
  const { runFiles, topics, ...rest } = of;
  const all = new RunsByPartition();
  for (const file of runFiles) {
    const lines = await readRunLines(folder, file);
    if (lines === null) return null;
    lines.forEach((line) => all.add(line));
  }
  const wholeTopics: Report['topics'] = [];
  for (const topic of topics) {
    const partitions: PartitionReport[] = [];
    for (const { settledRuns, ...partition } of topic.partitions) {
      const runs = all.last(topic.target, partition.partition, settledRuns);
      if (runs === null) return null;
      for (const run of partition.runs) runs.push(run);
      settled.set(runs, settledRuns);
      partitions.push({ ...partition, runs });
    }
    wholeTopics.push({ ...topic, partitions });
  }
  return { report: { ...rest, topics: wholeTopics }, runFiles };
}
