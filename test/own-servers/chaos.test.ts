// Twenty generated scenarios come to the end that they must come to; and restores that are wrong in one place do not.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { generate } from '../chaos/generate.ts';
import { makeMutant } from '../chaos/mutant.ts';
import { mutations } from '../chaos/mutations.ts';
import { newTraces, playOne, WORLDS } from '../chaos/run.ts';
import { Tally } from '../chaos/tally.ts';
import { makeWorld, type World } from '../chaos/world.ts';

/** Killed half-way, all batches so far in one transaction, with records of others before them. */
const KILLED_AMONG_OTHERS = 17_698;

/** All kinds of misfortune but an unclean election, which takes longest, and of those with them the short ones. */
const SEEDS = [
  ...[9000, 9007, 9009, 9010, 9013, 9018, 9019, 9026, 9035, 9037],
  ...[9038, 9047, 9048, 9049, 9053, 9054, 9081, 9121, 9189, KILLED_AMONG_OTHERS],
];

/** Those in which nobody plays. */
const idle: World[] = [];
let traces = '';

before(async () => {
  traces = await newTraces();
  idle.push(...(await Promise.all(Array.from({ length: WORLDS }, (_, i) => makeWorld(`chaos-test-${i + 1}`)))));
});
after(() => Promise.all(idle.map((world) => world.end())));

/** Does something in a world of which nobody else makes use meanwhile. */
async function inWorld<T>(work: (world: World) => Promise<T>): Promise<T> {
  const world = idle.pop();
  assert.ok(world, `there are ${WORLDS} worlds`);
  return await work(world).finally(() => idle.push(world));
}

/** @returns whether it ended as it must, and what a person wants to know */
async function plays(seed: number, program?: string): Promise<{ well: boolean; told: string }> {
  const tally = new Tally();
  const into = { traces, keep: false, tally, ...(program === undefined ? {} : { program }) };
  const told = await inWorld((world) => playOne(generate(seed), world, into));
  assert.equal(tally.broken, 0, told);
  return { well: tally.flawed === 0, told: `${told}\n${traces}` };
}

describe('scenarios', { concurrency: WORLDS }, () => {
  for (const seed of SEEDS) {
    test(`seed ${seed}`, async () => {
      const { well, told } = await plays(seed);
      assert.ok(well, told);
    });
  }
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
      try {
        // It may be killed in the very moment in which its report knows of everything.
        let { well, told } = await plays(KILLED_AMONG_OTHERS, mutant.program);
        for (let again = 0; well && again < 2; again++)
          ({ well, told } = await plays(KILLED_AMONG_OTHERS, mutant.program));
        // Not in some other way, as it would if it could not run at all.
        assert.match(told, new RegExp(`it had to come to a good end, but: ${reason}: `));
      } finally {
        await mutant.remove();
      }
    });
  }
});
