import { setTimeout as sleep } from 'node:timers/promises';
import { stored } from '../../../src/report/stored.ts';
import type { Restore } from '../../../src/model/resources/restore.ts';
import { assertOwnConfiguration } from '../../support/interruptions/own-configuration.ts';
import { outage } from '../../support/interruptions/outage.ts';
import { BYTES, victimOf, type Victim } from '../../support/interruptions/scenario.ts';
import type { Dataset } from '../../support/e2e-data.ts';
import { readReportOf } from '../../support/report-on-volume.ts';
import { schemaFlaws } from '../../support/report-schema.ts';
import { apply, exists, forget, readRestore, restoreObject } from '../../support/restores.ts';
import { compareTopics } from '../../support/topics.ts';
import { leftovers, leftoversOfDeleted } from './leftovers.ts';
import { beginsInTurn, type StackScenario } from './scenario.ts';
import { strikes, type StrikeName } from './strikes.ts';

/** Enough to run out of, and for a restore to work with. */
const MEMORY = '512Mi';
/** Time for a strike to be over, for the end after the last one, or for a deletion while Temporal is away. Milliseconds. */
const PATIENT = 300_000;

export interface StackPlayed {
  /** Ended Done; else in which phase it stands, and why. */
  readonly outcome: string;
  readonly done: boolean;
  readonly attempts: number;
  /** Strikes that hit: the Restore was not done yet. */
  readonly struck: readonly StrikeName[];
  /** Records. */
  readonly missing: number;
  readonly duplicates: number;
  /** What is wrong, a sentence each. */
  readonly flaws: readonly string[];
  readonly seconds: number;
}

/** Runs a Restore through its strikes to its end, and finds out what is wrong. What is left of it goes if nothing is. */
export async function play(
  { seed, seconds, strikes: drawn }: StackScenario,
  data: Dataset,
  say: (text: string) => void,
): Promise<StackPlayed> {
  const started = Date.now();
  const victim = victimOf(data);
  const { name, topics } = victim;
  const limits = { limits: { memory: MEMORY } };
  const maxBytesPerSecond = Math.round(BYTES / seconds);
  const struck: StrikeName[] = [];
  const befall = async ({ at, name: strike }: StackScenario['strikes'][number]): Promise<void> => {
    const restore = await comesTo(name, at);
    if (restore.status.phase !== 'Restoring') return;
    say(`${seed}: ${strike}, at ${Math.round(at * 100)} %`);
    if (await hit(restore, strike)) struck.push(strike);
    else say(`${seed}: ${strike}: another one was there first`);
  };
  const begin = async (): Promise<void> => {
    await apply(restoreObject({ name, source: data.archive, topics, maxBytesPerSecond, resources: limits }));
    if (drawn[0] !== undefined) await befall(drawn[0]);
  };
  await (beginsInTurn(drawn) ? outage(begin) : begin());
  for (const strike of drawn.slice(1)) await befall(strike);
  const { status } = await comesTo(name, Infinity);
  const done = status.phase === 'Done';
  // While nobody strikes the servers that are asked.
  const found = done ? await outage(() => compareTopics({ bootstrap: data.bootstrap, pairs: topics })) : null;
  const flaws =
    found === null
      ? [`it is ${status.phase}: ${JSON.stringify(status.conditions)}`]
      : await outage(() => flawsOf(victim, found.records));
  for (const what of ['missing', 'duplicates', 'outOfOrder', 'different', 'foreign'] as const) {
    if (found !== null && found[what] > 0) flaws.push(`${found[what]} records ${what}`);
  }
  if (flaws.length === 0) flaws.push(...(await flawsOfDeletion(victim)));
  return {
    outcome: status.message ?? '',
    done,
    attempts: status.attempt ?? 0,
    struck,
    missing: found?.missing ?? 0,
    duplicates: found?.duplicates ?? 0,
    flaws,
    seconds: Math.round((Date.now() - started) / 1_000),
  };
}

/** @returns false if what was to be struck was gone by then: what befalls a node befalls all that run there */
async function hit(restore: Restore, strike: StrikeName): Promise<boolean> {
  try {
    await strikes[strike].run(restore);
    return true;
  } catch (error) {
    const { status } = await readRestore(restore.metadata.name);
    if (status.phase === 'Restoring' && status.job?.uid === restore.status.job?.uid) throw error;
    return false;
  }
}

/** Restored by this share, at its end, or whatever it hangs in. One that is Done without its Job is about to begin again. */
async function comesTo(name: string, share: number): Promise<Restore> {
  for (const deadline = Date.now() + PATIENT; ;) {
    const restore = await readRestore(name);
    const { phase, progress } = restore.status;
    const { acknowledgedRecords = 0, totalRecords = Infinity } = progress ?? {};
    if (phase === 'Restoring' && acknowledgedRecords >= share * totalRecords) return restore;
    if ((phase === 'Done' || phase === 'Failed') && (await exists('Job', restore.status.job?.name ?? '')))
      return restore;
    if (Date.now() > deadline) return restore;
    await sleep(500);
  }
}

/** What is wrong besides the records. */
async function flawsOf({ name, topics }: Victim, records: number): Promise<string[]> {
  const restore = await readRestore(name);
  const report = await readReportOf(restore);
  const flaws = schemaFlaws(stored(report, new Map(), []));
  if (report.state !== 'Done') flaws.push(`the report says ${report.state}`);
  if (report.proof?.records !== records) flaws.push(`${report.proof?.records} records were proved, of ${records}`);
  await assertOwnConfiguration(topics).catch((error: unknown) => flaws.push(`topic configuration: ${String(error)}`));
  return [...flaws, ...(await leftovers(restore))];
}

async function flawsOfDeletion({ name }: Victim): Promise<string[]> {
  const restore = await readRestore(name);
  await forget(name, PATIENT);
  return await leftoversOfDeleted(restore);
}
