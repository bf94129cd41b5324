import { mapInParallel } from '../../../src/model/parallel.ts';
import { addNode, removeNode } from '../../../deploy/dev/kube/nodes.ts';
import { e2eDataset } from '../../support/e2e-data.ts';
import { dataOfInterruptions } from '../../support/interruptions/scenario.ts';
import { play, type StackPlayed } from './play.ts';
import { generate } from './scenario.ts';

/** Restores that run at the same time: what befalls servers and nodes befalls all of them. */
const SIDE_BY_SIDE = 3;

export interface StackRunOptions {
  /** Of the first scenario; each has the next one. */
  readonly seed: number;
  /** At most so many. */
  readonly scenarios: number;
  /** After this time no other is begun. */
  readonly minutes: number;
  readonly say: (text: string) => void;
}

/** Scenarios, by how they ended. */
export interface StackCounts {
  scenarios: number;
  done: number;
  missing: number;
  duplicates: number;
  /** Ended otherwise than Done. */
  halted: number;
  /** Wrong in any way; those above are among them. */
  flawed: number;
  /** Strikes that hit a Restore at work. */
  hits: number;
  /** The highest seed that was played. */
  lastSeed: number;
}

/** Plays scenarios on the whole stack, on which Rekindle is installed, with a second node for as long as it takes. */
export async function runOnStack({ seed, scenarios, minutes, say }: StackRunOptions): Promise<StackCounts> {
  const counts = { scenarios: 0, done: 0, missing: 0, duplicates: 0, halted: 0, flawed: 0, hits: 0, lastSeed: seed };
  const deadline = Date.now() + minutes * 60_000;
  await addNode('node2');
  try {
    const data = await e2eDataset(dataOfInterruptions);
    const one = async (which: number): Promise<void> => {
      const played = await play(generate(which), data, say).catch((error: unknown) => broken(error));
      counts.scenarios += 1;
      counts.hits += played.struck.length;
      counts[played.done ? 'done' : 'halted'] += 1;
      for (const flaw of ['missing', 'duplicates'] as const) if (played[flaw] > 0) counts[flaw] += 1;
      if (played.flaws.length > 0) counts.flawed += 1;
      counts.lastSeed = Math.max(counts.lastSeed, which);
      say(
        `${which}: ${played.outcome} after ${played.seconds} s, ${played.attempts} attempts, ${played.struck.length} strikes`,
      );
      for (const flaw of played.flaws) say(`${which}: WRONG: ${flaw}`);
    };
    for (let first = seed; first < seed + scenarios && Date.now() < deadline; first += SIDE_BY_SIDE) {
      const count = Math.min(SIDE_BY_SIDE, seed + scenarios - first);
      await mapInParallel(
        Array.from({ length: count }, (_, i) => first + i),
        SIDE_BY_SIDE,
        one,
      );
    }
    return counts;
  } finally {
    await removeNode('node2');
  }
}

/** A strike failed, or what was waited for did not come: the others go on. */
const broken = (error: unknown): StackPlayed => ({
  ...{ outcome: 'could not be played', done: false, attempts: 0, missing: 0, duplicates: 0, seconds: 0 },
  struck: [],
  flaws: [error instanceof Error ? (error.stack ?? error.message) : String(error)],
});
