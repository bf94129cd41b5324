// Twenty generated scenarios, with every kind of misfortune among them, come to the end that they must come to; and restores
// that are wrong in one place do not.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { fixedSeeds, KILLED_AMONG_OTHERS } from '../chaos/fixed-seeds.ts';
import { generate } from '../chaos/generate.ts';
import { makeMutant } from '../chaos/mutant.ts';
import { mutations } from '../chaos/mutations.ts';
import { nemeses } from '../chaos/nemeses/all.ts';
import type { Nemesis } from '../chaos/nemesis.ts';
import { Random } from '../chaos/random.ts';
import { endTraces, newTraces, playOne, WORLDS } from '../chaos/run.ts';
import { Tally } from '../chaos/tally.ts';
import { makeWorld, type World } from '../chaos/world.ts';

/** Those in which nobody plays. */
const idle: World[] = [];
let traces = '';

before(async () => {
  traces = await newTraces();
  idle.push(...(await Promise.all(Array.from({ length: WORLDS }, (_, i) => makeWorld(`chaos-test-${i + 1}`)))));
});
after(async () => {
  await Promise.all(idle.map((world) => world.end()));
  await endTraces(traces);
});

/** Does something in a world of which nobody else makes use meanwhile. */
async function inWorld<T>(work: (world: World) => Promise<T>): Promise<T> {
  const world = idle.pop();
  assert.ok(world, `there are ${WORLDS} worlds`);
  return await work(world).finally(() => idle.push(world));
}

/** @returns whether it ended as it must, what a person wants to know, and what befell it */
async function plays(
  seed: number,
  program?: string,
): Promise<{ well: boolean; told: string; struck: readonly Nemesis[] }> {
  const tally = new Tally();
  const into = { traces, keep: false, tally, ...(program === undefined ? {} : { program }) };
  const { told, struck } = await inWorld((world) => playOne(generate(seed), world, into));
  assert.equal(tally.broken, 0, told);
  return { well: tally.flawed === 0, told: `${told}\n${traces}`, struck };
}

/** By the right restore. */
const befallen = new Set<Nemesis>();

describe('scenarios', { concurrency: WORLDS }, () => {
  for (const seed of fixedSeeds) {
    test(`seed ${seed}`, async () => {
      const { well, told, struck } = await plays(seed);
      assert.ok(well, told);
      assert.ok(struck.length > 0, 'it came to its end before anything befell it');
      for (const kind of struck) befallen.add(kind);
    });
  }
});

test('every kind of misfortune befell one of them', () => {
  const left = nemeses.filter((kind) => !befallen.has(kind)).map((kind) => kind.draw(new Random(0)).nemesis);
  assert.deepEqual(left, []);
});

/** What comes of each where the right one comes to its end: by one of the seeds above. */
const wrong = {
  // What no report knows of is written a second time, and the proof meets the first.
  'no look at the log': 'LedgerRepeat',
  // An aborted partition is to begin again, and holds records of others.
  'epoch before commit': 'ResetNeedsApproval',
} as const;

describe('a restore that is wrong in one place', { concurrency: WORLDS }, () => {
  for (const [name, reason] of Object.entries(wrong)) {
    test(`${name}: it fails by seed ${KILLED_AMONG_OTHERS}`, async () => {
      const mutant = await makeMutant(mutations[name as keyof typeof wrong]);
      // It may be killed in the very moment in which its report knows of everything.
      let { well, told } = await plays(KILLED_AMONG_OTHERS, mutant);
      for (let again = 0; well && again < 2; again++) ({ well, told } = await plays(KILLED_AMONG_OTHERS, mutant));
      // Not in some other way, as it would if it could not run at all.
      assert.match(told, new RegExp(`it had to come to a good end, but: ${reason}: `));
    });
  }
});
