import type { PartitionReport, Report } from '../../src/model/report.ts';
import type { Judgement } from './judge.ts';
import type { Offsets } from './stage.ts';

/**
 * What the report of a restore that is Done says otherwise than the logs: each record must stand where its ledger has it,
 * and what it has counted between them must be there.
 * @param starts by topic and partition, the first offset that the log still has
 */
export function falsehoods(report: Report, found: Judgement, starts: Offsets): string[] {
  const flaws: string[] = [];
  const claim = (what: string, said: unknown, is: unknown): void => {
    if (JSON.stringify(said) !== JSON.stringify(is)) {
      flaws.push(`${what}: the report says ${excerpt(said)}, the log ${excerpt(is)}`);
    }
  };
  claim('state', report.state, 'Done');
  claim('last attempt', report.attempts.at(-1)?.outcome, 'Done');
  claim('proved records', report.proof?.records, found.records);
  const others = { between: 0, behind: 0 };
  for (const { target, partitions } of report.topics) {
    const { places = [], ends = [] } = found.pairs.find((pair) => pair.target === target) ?? {};
    claim(`partitions of ${target}`, partitions.length, places.length);
    for (const partition of partitions) {
      const name = `${target}/${partition.partition}`;
      const runs = places[partition.partition] ?? [];
      const records = runs.reduce((sum, [, , count]) => sum + count, 0);
      const said = partition.runs.map(([, source, offset, count]) => [source, offset, count]);
      claim(`${name}: where records stand`, said, runs);
      claim(`${name}: acknowledged`, partition.acknowledged, records);
      claim(`${name}: committed`, partition.committed, records);
      const { between, end } = offsetsBetween(partition, starts.get(target)?.[partition.partition] ?? 0);
      others.between += between;
      others.behind += (ends[partition.partition] ?? end) - end;
    }
  }
  // Markers and batches of others; some may have come behind all that was proved.
  const counted = (report.proof?.markers ?? 0) + (report.proof?.foreign ?? 0);
  if (counted < others.between || counted > others.between + others.behind) {
    flaws.push(`the proof counts ${counted} offsets of others, the log ${JSON.stringify(others)}`);
  }
  return flaws;
}

/** What was purged before it restored for good is not there any more. */
function offsetsBetween({ start, runs }: PartitionReport, logStart: number): { between: number; end: number } {
  let end = Math.max(start, logStart);
  let between = 0;
  for (const [, , offset, count] of runs) {
    between += offset - end;
    end = offset + count;
  }
  return { between, end };
}

const excerpt = (value: unknown): string => JSON.stringify(value ?? null).slice(0, 300);
