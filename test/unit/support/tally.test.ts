// A chaos run passes by what its scenarios were promised as they were drawn: what ended otherwise lowers the share that is
// compared with the bar, and whatever must not happen at all fails the run.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { generate } from '../../chaos/generate.ts';
import type { Played } from '../../chaos/play.ts';
import type { Scenario } from '../../chaos/scenario.ts';
import { Tally } from '../../chaos/tally.ts';

const drawn = generate(1);
const promised: Scenario = { ...drawn, delivery: 'transactional', late: true };
const punctual: Scenario = { ...drawn, delivery: 'idempotent', late: false };
const promisedLess: Scenario = { ...drawn, delivery: 'idempotent', late: true };
/** Others write while its transaction is aborted. */
const asks: Scenario = { ...generate(40_125), delivery: 'transactional' };

const verdict = { flaws: [], missing: 0, duplicates: 0, reordered: 0, changed: 0, lateAndFound: false };
const done: Played = {
  ...{ outcome: { how: 'done' }, verdict, mustHalt: false, struck: drawn.strikes.map(({ kind }) => kind) },
  ...{ kills: 0, killsInFlight: 0, crashes: 0, seconds: 1 },
};
const halted: Played = { ...done, outcome: { how: 'halted', reason: 'LedgerRepeat', message: '' } };
const unfinished: Played = { ...done, outcome: { how: 'unfinished' } };
const flawed = (played: Played): Played => ({ ...played, verdict: { ...verdict, flaws: ['something is wrong'] } });
const hadToHalt = (played: Played): Played => ({ ...played, mustHalt: true });

type Ends = readonly (readonly [Scenario, Played])[];

/** Ninety-nine that ended Done, and these. */
function tallyOf(ends: Ends): Tally {
  const tally = new Tally();
  for (let i = 0; i < 99; i++) tally.add(promised, done);
  for (const [scenario, played] of ends) tally.add(scenario, played);
  return tally;
}

const cases: Record<string, { ends: Ends; passed: boolean; goodEnds?: number; promisedGoodEnds?: number }> = {
  'all ended Done': { ends: [[promised, done]], passed: true },
  'one of a hundred came to no end': {
    ...{ ends: [[promised, flawed(unfinished)]], passed: true },
    ...{ goodEnds: 0.99, promisedGoodEnds: 0.99 },
  },
  'one of a hundred without transactions, and nothing came late': {
    ...{ ends: [[punctual, flawed(halted)]], passed: true },
    ...{ goodEnds: 0.99, promisedGoodEnds: 0.99 },
  },
  'two of a hundred and one': {
    ...{ ends: Array.from({ length: 2 }, () => [promised, flawed(unfinished)] as const), passed: false },
    ...{ goodEnds: 99 / 101, promisedGoodEnds: 99 / 101 },
  },
  'one that was promised less halted in place of Done': {
    ...{ ends: [[promisedLess, halted]], passed: true },
    ...{ goodEnds: 0.99, promisedGoodEnds: 1 },
  },
  'one that may have to ask has asked': {
    ...{
      ends: [[asks, { ...halted, outcome: { how: 'halted', reason: 'ResetNeedsApproval', message: '' } }]],
      passed: true,
    },
    ...{ goodEnds: 0.99, promisedGoodEnds: 1 },
  },
  'those that were promised less do not make up for others': {
    ends: [
      ...Array.from({ length: 100 }, () => [promisedLess, done] as const),
      ...Array.from({ length: 2 }, () => [promised, flawed(unfinished)] as const),
    ],
    ...{ passed: false, goodEnds: 199 / 201, promisedGoodEnds: 99 / 101 },
  },
  'one that was promised less came to no end': { ends: [[promisedLess, flawed(unfinished)]], passed: false },
  'one halted as it had to': { ends: [[promised, hadToHalt(halted)]], passed: true, goodEnds: 1 },
  'one that had to halt is Done': { ends: [[promised, hadToHalt(flawed(done))]], passed: false, goodEnds: 1 },
  'one that had to halt came to no end': { ends: [[promised, hadToHalt(flawed(unfinished))]], passed: false },
  'one is Done, and something is wrong': { ends: [[promised, flawed(done)]], passed: false },
  'a process ended with an error without a name': { ends: [[promised, { ...done, crashes: 1 }]], passed: false },
};

for (const [name, { ends, passed, goodEnds, promisedGoodEnds }] of Object.entries(cases)) {
  test(`${name}: ${passed ? 'passed' : 'failed'}`, () => {
    const tally = tallyOf(ends);
    assert.equal(tally.passed, passed);
    if (goodEnds !== undefined) assert.equal(tally.goodEnds, goodEnds);
    if (promisedGoodEnds !== undefined) assert.equal(tally.promisedGoodEnds, promisedGoodEnds);
  });
}

test('one to which nothing happened is counted', () => {
  assert.equal(tallyOf([]).untouched, 0);
  assert.equal(tallyOf([[promised, { ...done, struck: [] }]]).untouched, 1);
});

test('one with records twice that came after Done, and that verify found, is counted, and fails no run', () => {
  const late: Played = { ...done, verdict: { ...verdict, duplicates: 17, lateAndFound: true } };
  const { passed, duplicates, lateAndFound } = tallyOf([[promisedLess, late]]);
  assert.deepEqual({ passed, duplicates, lateAndFound }, { passed: true, duplicates: 1, lateAndFound: 1 });
});

test('one that could not be played fails the run', () => {
  const tally = tallyOf([]);
  tally.addBroken(promised);
  assert.equal(tally.passed, false);
});
