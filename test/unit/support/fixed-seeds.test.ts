// What the fixed seeds stand for: all that can befall a restore, and all that it can find before it begins.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fixedSeeds, KILLED_AMONG_OTHERS } from '../../chaos/fixed-seeds.ts';
import { generate } from '../../chaos/generate.ts';
import { nemeses } from '../../chaos/nemeses/all.ts';
import { Random } from '../../chaos/random.ts';

const scenarios = fixedSeeds.map(generate);

test('every kind of misfortune is drawn', () => {
  const drawn = new Set(scenarios.flatMap(({ strikes }) => strikes.map(({ kind }) => kind)));
  const left = nemeses.filter((kind) => !drawn.has(kind)).map((kind) => kind.draw(new Random(0)).nemesis);
  assert.deepEqual(left, []);
});

test('every manner of a restore is drawn', () => {
  const drawn = (of: 'delivery' | 'before' | 'proof'): string[] => [...new Set(scenarios.map((one) => one[of]))].sort();
  assert.deepEqual(drawn('delivery'), ['idempotent', 'transactional']);
  assert.deepEqual(drawn('before'), ['an older archive restored', 'nothing', 'records of others']);
  assert.deepEqual(drawn('proof'), ['ledger', 'read-back']);
});

test('one is killed in its first transaction, behind records of others', () => {
  const { before, delivery, seconds, strikes } = generate(KILLED_AMONG_OTHERS);
  const [{ at, strike } = assert.fail(), ...others] = strikes;
  assert.deepEqual([before, delivery, strike.nemesis, others], ['records of others', 'transactional', 'SIGKILL', []]);
  assert.ok(seconds < 5, 'the first commit comes after five seconds');
  assert.ok('progress' in at && at.progress > 0.1 && at.progress < 0.9);
});
