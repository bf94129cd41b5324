// Twenty generated scenarios come to the end that they must come to; and restores that are wrong in one place do not.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { generate } from './generate.ts';
import { makeMutant } from './mutant.ts';
import { mutations } from './mutations.ts';
import { newTraces, playOne, SIDE_BY_SIDE } from './run.ts';
import type { Scenario } from './scenario.ts';
import { killedAmongOthers, killedInFlight } from './scripted.ts';
import { Tally } from './tally.ts';
import { makeWorld, type World } from './world.ts';

const SEEDS = Array.from({ length: 20 }, (_, i) => 1 + i);

let world: World;
let traces = '';

before(async () => {
  traces = await newTraces();
  world = await makeWorld('chaos-test');
});
after(() => world.end());

/** @returns whether it ended as it must, and what a person wants to know */
async function plays(scenario: Scenario, program?: string): Promise<{ well: boolean; told: string }> {
  const tally = new Tally();
  const into = { traces, keep: false, tally, ...(program === undefined ? {} : { program }) };
  const told = await playOne(scenario, world, into);
  assert.equal(tally.broken, 0, told);
  return { well: tally.flawed === 0, told: `${told}\n${traces}` };
}

async function playsWell(scenario: Scenario): Promise<void> {
  const { well, told } = await plays(scenario);
  assert.ok(well, told);
}

const scenarios = SEEDS.map((seed) => generate(seed));

describe('scenarios side by side', { concurrency: SIDE_BY_SIDE }, () => {
  for (const scenario of scenarios.filter(({ alone }) => !alone)) {
    test(`seed ${scenario.seed}`, () => playsWell(scenario));
  }
});

describe('scenarios that break brokers or the network', () => {
  for (const scenario of scenarios.filter(({ alone }) => alone)) {
    test(`seed ${scenario.seed}`, () => playsWell(scenario));
  }
});

describe('a restore that is wrong in one place', () => {
  const tests = { 'no look at the log': killedInFlight, 'epoch before commit': killedAmongOthers } as const;
  for (const name of Object.keys(tests) as (keyof typeof tests)[]) {
    test(`${name}: it fails where the right one does not`, async () => {
      const mutant = await makeMutant(mutations[name]);
      try {
        const { well, told } = await plays(tests[name], mutant.program);
        assert.ok(!well, told);
        await playsWell(tests[name]);
      } finally {
        await mutant.remove();
      }
    });
  }
});
