import type { Reason } from '../../src/model/reasons.ts';
import { readReport } from '../../src/report/reading.ts';
import { stored } from '../../src/report/stored.ts';
import { configurationFlaws } from './configuration.ts';
import type { Judgement } from './judge.ts';
import { schemaFlaws } from '../support/report-schema.ts';
import { verify } from '../support/verify.ts';
import { falsehoods } from './report-truth.ts';
import { mayArriveLate, mayHaltWith } from './scenario.ts';
import type { Offsets, Stage } from './stage.ts';
import type { Outcome } from './supervisor.ts';

/** What is wrong with how a scenario ended; nothing is, when it passed. */
export interface Verdict {
  /** A sentence each. */
  readonly flaws: readonly string[];
  /** Records. */
  readonly missing: number;
  readonly duplicates: number;
  readonly reordered: number;
  readonly changed: number;
  /** The doubled ones came late, where nothing keeps that out, and `rekindle verify` has found them. */
  readonly lateAndFound: boolean;
}

const none = { missing: 0, duplicates: 0, reordered: 0, changed: 0, lateAndFound: false };

/** Compares what the restore came to with what it had to come to, and the target with the source. */
export async function judge(stage: Stage, outcome: Outcome): Promise<Verdict> {
  const { world, targets, configs } = stage.parts;
  const report = await readReport(stage.parts.report);
  const flaws = report === null ? ['there is no report'] : schemaFlaws(stored(report, new Map(), []));
  if (outcome.how !== 'done') {
    flaws.push(...haltFlaws(stage, outcome));
    return { flaws, ...none };
  }
  if (stage.halts.length > 0) flaws.push(`it is Done, but must halt with ${stage.halts.join(' or ')}`);
  const found = await world.judge.compare(targets);
  const { missing, duplicates, outOfOrder: reordered } = found;
  const changed = found.different + (stage.foreigners ? 0 : found.foreign);
  const counts = { missing, duplicates, reordered, changed };
  const arrived = recordsAfter(stage.endsAtDone, found);
  const lateAndFound =
    duplicates > 0 && mayArriveLate(stage.parts.scenario) && arrived >= duplicates && (await isFound(stage));
  for (const [what, records] of Object.entries(counts)) {
    if (records > 0 && !(what === 'duplicates' && lateAndFound)) flaws.push(`${records} records ${what}`);
  }
  const left = stage.parts.others - found.foreign;
  if (left > 0) flaws.push(`${left} records of others are gone`);
  if (flaws.length > 0) flaws.push(firstDifference(found));
  // Also where records came late: what was proved must stand before them.
  const starts = await stage.offsets((topic) => world.cluster.starts(topic));
  if (report !== null) flaws.push(...falsehoods(report, found, starts));
  flaws.push(...(await configurationFlaws(world.cluster, targets, configs)));
  return { flaws, ...counts, lateAndFound };
}

/** How many records can have come since it said Done; none where that is not known. */
function recordsAfter(endsAtDone: Offsets | null, { pairs }: Judgement): number {
  if (endsAtDone === null) return 0;
  return pairs
    .flatMap(({ target, ends }) => ends.map((end, partition) => end - (endsAtDone.get(target)?.[partition] ?? end)))
    .reduce((sum, behind) => sum + behind, 0);
}

/** By whoever asks `rekindle verify`, as the promise of such a restore has it. */
async function isFound({ parts: { world, report } }: Stage): Promise<boolean> {
  const { found } = await verify({ from: world.data.inFolder, to: world.kafka.direct, report });
  return found.verify === 'different';
}

/** A person is asked only where both has come to pass: others have written, and what they are behind was aborted. */
const mayHalt = ({ parts, foreigners, aborted }: Stage): readonly Reason[] =>
  mayHaltWith(parts.scenario).filter((reason) => reason !== 'ResetNeedsApproval' || (foreigners && aborted));

function haltFlaws(stage: Stage, outcome: Exclude<Outcome, { how: 'done' }>): string[] {
  const { halts } = stage;
  if (outcome.how === 'unfinished') return ['it came to no end'];
  if (halts.includes(outcome.reason)) return [];
  if (halts.length === 0 && mayHalt(stage).includes(outcome.reason)) return [];
  const expected = halts.length === 0 ? 'come to a good end' : `halt with ${halts.join(' or ')}`;
  return [`it had to ${expected}, but: ${outcome.reason}: ${outcome.message}`];
}

const firstDifference = (found: Judgement): string =>
  `first difference: ${JSON.stringify(found.pairs.find((pair) => pair.firstDifference !== null)?.firstDifference ?? null)}`;
