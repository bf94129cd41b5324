import assert from 'node:assert/strict';
import { stopAtAnnotation } from '../../../activities/job-manifest.ts';
import { totals, type Report } from '../../../src/model/report.ts';
import type { Restore } from '../../../src/model/resources/restore.ts';
import { untilContinuedAsNew } from '../continued.ts';
import type { Dataset } from '../e2e-data.ts';
import { assertFlawless } from '../flawless.ts';
import { unusedName } from '../kafka.ts';
import { hasNoted, untilReport } from '../noted.ts';
import { reportFolderOf } from '../report-on-volume.ts';
import { apply, forget, jobOf, jobsOf, k, restoreObject, until, untilDone } from '../restores.ts';
import { assertOwnConfiguration } from './own-configuration.ts';
import { isPosition, isStep, positions, steps, type Handover, type Position, type StepMoment } from './moments.ts';
import { outage } from './outage.ts';
import { ways, type Way, type WayName } from './ways.ts';

/** What happens to a Restore, and when. At a step the process itself is killed; nothing else is as exact. */
export type Interruption =
  | { readonly way: WayName; readonly at: Position | Handover }
  | { readonly way: 'SIGKILL of the process'; readonly at: StepMoment };

/** The data set of these tests: small, for there are many Restores of it. */
export const dataOfInterruptions = { records: 8_000, packages: 3_000 };
/** Of both topics' batches together. */
export const BYTES = 3_000_000;
/** Time for everything but the records, and for what strikes all Restores: Temporal is away for three minutes. Milliseconds. */
const ENOUGH_MS = 420_000;

export interface Victim {
  readonly name: string;
  readonly topics: readonly { readonly source: string; readonly target: string }[];
}

/**
 * Runs a Restore through an interruption to its end: Done, every record once, the topics' configuration as it was, and at
 * no greater cost than the way may have. What is left of it goes, unless it failed.
 */
export async function survives(interruption: Interruption, data: Dataset): Promise<void> {
  const { way, at } = interruption;
  const victim = victimOf(data);
  if (isStep(at)) {
    await begin(victim, interruption, data);
    await dieAt(victim, steps[at]);
  } else {
    const strike = async (): Promise<Struck> => {
      await begin(victim, interruption, data);
      return await strikeAt(victim, way, at);
    };
    // Where servers are struck for others meanwhile, this moment may not come, or be over before it is our turn.
    const struck = await (at === 'as the workflow continues as new' ? outage(strike) : strike());
    await comesToItsEnd(victim, way, at, struck);
  }
  await assertFlawless(data.bootstrap, victim.topics);
  await assertOwnConfiguration(victim.topics);
  await forget(victim.name, ENOUGH_MS);
}

/** A Restore to be: of both topics, into topics of its own. */
export function victimOf(data: Dataset): Victim {
  const name = unusedName('interrupted');
  return {
    name,
    topics: [
      { source: data.records, target: `${name}-records` },
      { source: data.packages, target: `${name}-packages` },
    ],
  };
}

async function begin({ name, topics }: Victim, { way, at }: Interruption, { archive: source }: Dataset): Promise<void> {
  const { memory, lasts = 20 }: Way = ways[way];
  // The last tenth, too, must last until it is interrupted.
  const seconds = at === '90 %' ? 3 * lasts : lasts;
  await apply(
    restoreObject({
      name,
      source,
      topics,
      maxBytesPerSecond: Math.round(BYTES / seconds),
      ...(memory === undefined ? {} : { resources: { limits: { memory } } }),
      ...(isStep(at) ? { annotations: { [stopAtAnnotation]: steps[at][0] } } : {}),
    }),
  );
}

/** Each attempt kills itself at its step; the one after the last step comes to the end. */
async function dieAt({ name }: Victim, stops: readonly string[]): Promise<void> {
  for (const [index] of stops.entries()) {
    await untilJobOfAttempt(name, index + 1);
    // The Job is made: what stands here now is for the next one.
    await k('annotate', 'restore', name, '--overwrite', `${stopAtAnnotation}${next(stops[index + 1])}`);
  }
  const done = await untilDone(name, ENOUGH_MS);
  assert.equal(done.status.attempt, stops.length + 1, 'each process died at its step, and no other did');
}

/** What was struck. */
interface Struck {
  readonly restore: Restore;
  /** Records that were acknowledged by then. */
  readonly acknowledged: number;
}

async function strikeAt({ name }: Victim, way: WayName, at: Position | Handover): Promise<Struck> {
  const { aim }: Way = ways[way];
  let restore = await until(name, 'restoring', ({ status }) => status.phase === 'Restoring', ENOUGH_MS);
  // The last tenth of the records is too short to look for a pod in it.
  let strike = await aim(restore);
  // Handovers soon: others may have to wait for them.
  const acknowledged = await comeTo(restore, positions[isPosition(at) ? at : '10 %']);
  if (at === 'as the workflow continues as new') await continueAsNew(restore);
  if (at === 'as the next execution begins') {
    restore = await deleteJobOf(restore);
    strike = await aim(restore);
  }
  await strike();
  return { restore, acknowledged };
}

/** At the cost that this may have. */
async function comesToItsEnd(
  { name }: Victim,
  way: WayName,
  at: Position | Handover,
  { restore, acknowledged }: Struck,
): Promise<void> {
  const { costs }: Way = ways[way];
  const done = await untilDone(name, ENOUGH_MS);
  // Of a Job that is deleted as it is struck, one attempt is lost and not two.
  const lost = at === 'as the workflow continues as new' || costs === 'attempt' ? 1 : 0;
  assertCost(ways[way], lost, restore, done);
  if (lost > 0)
    assert.ok((done.status.resumedFrom ?? 0) >= acknowledged, 'what was acknowledged is not restored again');
}

/** As `kubectl annotate` takes it: a value, or the sign that removes it. */
const next = (stop: string | undefined): string => (stop === undefined ? '-' : `=${stop}`);

/**
 * Waits until this share of the records is acknowledged, as the report tells it: within a second of the truth.
 * @returns how many are
 */
async function comeTo(restore: Restore, share: number): Promise<number> {
  const wanted = (report: Report): boolean => report.state !== 'Done' && hasNoted(report, share);
  const what = `${share} of the records are acknowledged, and it is not done`;
  return totals(await untilReport(await reportFolderOf(restore), what, wanted, { ms: ENOUGH_MS })).acknowledged;
}

/** A person deletes the Job: its execution has closed by then, and the next one has not made its own yet. */
async function continueAsNew(restore: Restore): Promise<void> {
  // kubectl may take longer to end than the next execution to make its Job: what matters is seen beside it.
  const [jobs] = await Promise.all([
    untilContinuedAsNew(restore).then(() => jobsOf(restore)),
    // Not waited for: the process that stops is gone as soon as the Job is.
    k('delete', 'job', jobOf(restore), '--wait=false'),
  ]);
  assert.deepEqual(jobs, [], 'the next execution had its Job at once');
}

/** A person deletes the Job. @returns the Restore with the next one */
async function deleteJobOf(restore: Restore): Promise<Restore> {
  await k('delete', 'job', jobOf(restore));
  return await untilJobOfAttempt(restore.metadata.name, 2);
}

const untilJobOfAttempt = (name: string, attempt: number): Promise<Restore> =>
  until(
    name,
    `given the Job of attempt ${attempt}`,
    ({ status }) => status.attempt === attempt && status.job !== undefined,
  );

/** @param lost how many attempts it may have cost, and must have: else nothing was interrupted */
function assertCost({ costs }: Way, lost: number, { status: before }: Restore, { status: after }: Restore): void {
  assert.equal(after.attempt, (before.attempt ?? 0) + lost);
  assert.equal(after.workflow?.id, before.workflow?.id);
  if (lost === 0) assert.deepEqual(after.job, before.job);
  else assert.notEqual(after.job?.uid, before.job?.uid);
  if (lost === 0 && costs === 'nothing') assert.equal(after.workflow?.runId, before.workflow?.runId);
  else assert.notEqual(after.workflow?.runId, before.workflow?.runId);
}
