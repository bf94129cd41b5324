import { mkdtemp, rmdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mapInParallel } from '../../src/model/parallel.ts';
import { generate } from './generate.ts';
import type { Nemesis } from './nemesis.ts';
import { play } from './play.ts';
import type { Scenario } from './scenario.ts';
import { line, Tally } from './tally.ts';
import { Trace } from './trace.ts';
import { makeWorld, type World } from './world.ts';

export interface RunOptions {
  /** Of the first scenario; each has the next one. */
  seed: number;
  /** At most so many. */
  scenarios: number;
  /** After this time no other is begun. */
  minutes: number;
  /** Keep the traces of scenarios that passed. */
  keep: boolean;
  /** Version of the brokers; default the local stack's. */
  kafka?: string | undefined;
  say: (text: string) => void;
}

/** Scenarios that leave brokers and network alone, played side by side. */
export const SIDE_BY_SIDE = 3;
/** Scenarios that are drawn together, for one world; those of them that must be alone come after the others. */
const WINDOW = 15;
/** Clusters that are broken at the same time: one waits for its brokers while another restores. */
export const WORLDS = 2;

/** Plays scenarios one seed after the other, and counts. */
export async function run({ seed, scenarios, minutes, keep, kafka, say }: RunOptions): Promise<Tally> {
  const traces = await newTraces();
  say(`seed ${seed}, traces in ${traces}`);
  const tally = new Tally();
  const worlds: World[] = [];
  const deadline = Date.now() + minutes * 60_000;
  const isTime = (): boolean => Date.now() < deadline;
  const end = seed + scenarios;
  let next = seed;
  const playIn = async (world: World): Promise<void> => {
    while (next < end && isTime()) {
      const from = next;
      next = Math.min(from + WINDOW, end);
      const drawn = Array.from({ length: next - from }, (_, i) => generate(from + i));
      const one = async (scenario: Scenario): Promise<void> => {
        if (isTime()) say((await playOne(scenario, world, { traces, keep, tally })).told);
      };
      const sociable = drawn.filter(({ alone }) => !alone);
      await mapInParallel(sociable, SIDE_BY_SIDE, one);
      for (const scenario of drawn) if (scenario.alone) await one(scenario);
    }
  };
  try {
    for (let i = 1; i <= WORLDS; i++) worlds.push(await makeWorld(`chaos-${i}`, kafka));
    await Promise.all(worlds.map(playIn));
    return tally;
  } finally {
    await Promise.all(worlds.map((world) => world.end()));
    await endTraces(traces);
  }
}

/** Where the traces of a run stand. */
export const newTraces = (): Promise<string> => mkdtemp(join(tmpdir(), 'rekindle-chaos-traces-'));

/** Where none is left, nothing is. */
export const endTraces = (folder: string): Promise<void> => rmdir(folder).catch(() => undefined);

/**
 * Plays a scenario, adds it to the tally, and keeps its trace if something was wrong.
 * @param into.program `rekindle.ts` to run, default this checkout's
 * @returns what a person who watches wants to know, and what befell it
 */
export async function playOne(
  scenario: Scenario,
  world: World,
  into: { traces: string; keep: boolean; tally: Tally; program?: string },
): Promise<{ told: string; struck: readonly Nemesis[] }> {
  const trace = new Trace(join(into.traces, `${scenario.seed}.ndjson`), scenario);
  let passed = false;
  try {
    const played = await play(scenario, world, trace, into.program);
    into.tally.add(scenario, played);
    passed = played.verdict.flaws.length === 0;
    return { told: line(scenario, played), struck: played.struck };
  } catch (error) {
    into.tally.addBroken(scenario);
    trace.note('broken', { error: error instanceof Error ? error.stack : String(error) });
    return { told: `${scenario.seed} could not be played: ${String(error)}`, struck: [] };
  } finally {
    await trace.close(into.keep || !passed);
  }
}
