import { join } from 'node:path';
import type { Nemesis } from './nemesis.ts';
import type { Moment, Scenario, Strike } from './scenario.ts';
import { makeSetting } from './setting.ts';
import type { Stage } from './stage.ts';
import type { Outcome } from './supervisor.ts';
import type { Trace } from './trace.ts';
import { judge, type Verdict } from './verdict.ts';
import type { World } from './world.ts';

/** A restore that takes longer has come to no end. */
const PATIENCE_MS = 150_000;

/** `rekindle.ts` of this checkout. */
const ownProgram = join(import.meta.dirname, '../../src/cli/rekindle.ts');

export interface Played {
  readonly outcome: Outcome;
  readonly verdict: Verdict;
  readonly mustHalt: boolean;
  /** What befell it; what comes only after its end does not. */
  readonly struck: readonly Nemesis[];
  readonly kills: number;
  /** Kills of a process some of whose acknowledged bytes no report knew of. */
  readonly killsInFlight: number;
  readonly crashes: number;
  readonly seconds: number;
}

/**
 * Plays one scenario to its end and judges it. Whatever it did to the world is undone when this returns.
 * @param program `rekindle.ts` to run
 * @throws Error when a strike could not be carried out: then the scenario says nothing
 */
export async function play(scenario: Scenario, world: World, trace: Trace, program = ownProgram): Promise<Played> {
  let killsInFlight = 0;
  const onKilled = async (alone: boolean): Promise<void> => {
    // What a living process has noted meanwhile would be taken for what the dead one had.
    if (!alone) return;
    const topics = stage.parts.targets.map(({ target }) => target);
    const unnoted = world.acknowledgements.beyond(await stage.readReport(), topics);
    trace.note('killed', { unnoted });
    if (unnoted.bytes > 0) killsInFlight += 1;
  };
  const { stage, keep, clear } = await makeSetting(scenario, world, trace, { program, onKilled });
  const { supervisor } = stage.parts;
  const strikes = scenario.strikes.map(({ at, strike }) => carryOut(stage, at, strike));
  try {
    const outcome = await comeToAnEnd(stage, strikes);
    if (outcome.how === 'done') {
      stage.endsAtDone = await stage.offsets((topic) => world.cluster.endsNow(topic)).catch(() => null);
    }
    trace.note('outcome', outcome);
    const begun = await Promise.all(strikes);
    if (scenario.alone) await world.heal();
    const lingering = await supervisor.finish();
    const found = await judge(stage, outcome);
    const { kills, crashes } = supervisor;
    const flaws = [
      ...found.flaws,
      ...lingering.map((number) => `process ${number} goes on after the end`),
      ...(crashes > 0 ? [`${crashes} processes ended with an error without a name: see the trace`] : []),
    ];
    const verdict = { ...found, flaws };
    const played = { outcome, verdict, kills, killsInFlight, crashes };
    trace.note('verdict', played);
    if (flaws.length > 0) await keep();
    const mustHalt = stage.halts.length > 0;
    const befell = scenario.strikes.filter((_, index) => begun[index]).map(({ kind }) => kind);
    // It may not have come to the worst.
    const struck = befell.filter(({ fatal }) => fatal !== true || mustHalt);
    return { ...played, mustHalt, struck, seconds: trace.ms / 1_000 };
  } finally {
    stage.end();
    await Promise.allSettled(strikes);
    if (scenario.alone) await world.heal();
    await supervisor.finish();
    await clear();
  }
}

/** Until the restore is done or halts, a strike fails, or time is up. */
async function comeToAnEnd(stage: Stage, strikes: readonly Promise<unknown>[]): Promise<Outcome> {
  const { supervisor } = stage.parts;
  const bound = setTimeout(() => supervisor.giveUp(), PATIENCE_MS);
  const failed = Promise.withResolvers<never>();
  for (const strike of strikes) strike.catch(failed.reject);
  try {
    supervisor.start();
    return await Promise.race([supervisor.outcome, failed.promise]);
  } finally {
    clearTimeout(bound);
    stage.end();
  }
}

/** @returns false when the restore was at its end before */
async function carryOut(stage: Stage, at: Moment, { nemesis, run }: Strike): Promise<boolean> {
  if (!(await stage.reaches(at))) {
    stage.note('comes too late', { nemesis });
    return false;
  }
  stage.note('strike begins', { nemesis });
  await run(stage);
  stage.note('strike ends', { nemesis });
  return true;
}
