import { mkdir, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mapInParallel } from '../../src/archive/parallel.ts';
import { generate } from './generate.ts';
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
  say: (text: string) => void;
}

/** Scenarios that leave brokers and network alone and are played side by side. */
const SIDE_BY_SIDE = 3;
/** Scenarios that are drawn together; those of them that must be alone come after the others. */
const WINDOW = 15;

/** Plays scenarios one seed after the other, and counts. */
export async function run({ seed, scenarios, minutes, keep, say }: RunOptions): Promise<Tally> {
  const traces = await mkdtemp(join(tmpdir(), 'rekindle-chaos-traces-'));
  say(`seed ${seed}, traces in ${traces}`);
  await mkdir(traces, { recursive: true });
  const tally = new Tally();
  const world = await makeWorld({ name: 'chaos', s3: true });
  const deadline = Date.now() + minutes * 60_000;
  try {
    say('the world is made');
    for (let from = seed; from < seed + scenarios; from += WINDOW) {
      const window = Array.from({ length: Math.min(WINDOW, seed + scenarios - from) }, (_, i) => generate(from + i));
      const one = async (scenario: Scenario): Promise<void> => {
        if (Date.now() < deadline) await playOne(scenario, world, { traces, keep, say, tally });
      };
      const sociable = window.filter(({ alone }) => !alone);
      await mapInParallel(sociable, SIDE_BY_SIDE, one);
      for (const scenario of window) if (scenario.alone) await one(scenario);
    }
    return tally;
  } finally {
    await world.end();
  }
}

async function playOne(
  scenario: Scenario,
  world: World,
  { traces, keep, say, tally }: Pick<RunOptions, 'keep' | 'say'> & { traces: string; tally: Tally },
): Promise<void> {
  const trace = new Trace(join(traces, `${scenario.seed}.ndjson`), scenario);
  let passed = false;
  try {
    const played = await play(scenario, world, trace);
    tally.add(played);
    passed = played.verdict.flaws.length === 0;
    say(line(scenario, played));
  } catch (error) {
    tally.broken += 1;
    trace.note('broken', { error: error instanceof Error ? error.stack : String(error) });
    say(`${scenario.seed} could not be played: ${String(error)}`);
  } finally {
    await trace.close(keep || !passed);
  }
}
