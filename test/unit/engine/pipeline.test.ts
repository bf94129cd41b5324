// What of one partition may be on its way, and what an answer means for those behind it: the first batch alone, then up to
// five, and after a refusal nothing until all are answered.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Pipeline, type Settlement } from '../../../src/engine/pipeline.ts';
import type { ProduceOutcome } from '../../../src/engine/produce-outcome.ts';

/** A pipeline whose first batch was written, with `inFlight` more on their way. */
function flowing(inFlight: number): Pipeline {
  const pipeline = new Pipeline();
  pipeline.begin();
  pipeline.sent();
  pipeline.answered('written');
  for (let i = 0; i < inFlight; i++) pipeline.sent();
  return pipeline;
}

test('the first batch travels alone, and up to five follow it', () => {
  const pipeline = new Pipeline();
  pipeline.begin();
  assert.ok(pipeline.hasRoom);
  pipeline.sent();
  assert.ok(!pipeline.hasRoom, 'a second one beside the first');
  assert.equal(pipeline.answered('written'), 'written');
  for (let i = 0; i < 5; i++) {
    assert.ok(pipeline.hasRoom);
    pipeline.sent();
  }
  assert.ok(!pipeline.hasRoom, 'a sixth one');
  assert.throws(() => pipeline.sent());
});

test('where no broker is to recognize what comes again, each batch travels alone', () => {
  const pipeline = new Pipeline(1);
  pipeline.begin();
  for (let i = 0; i < 3; i++) {
    assert.ok(pipeline.hasRoom);
    pipeline.sent();
    assert.ok(!pipeline.hasRoom, 'a second one beside it');
    pipeline.answered('written');
  }
});

test('a new transaction begins with one batch alone again', () => {
  const pipeline = flowing(0);
  pipeline.begin();
  pipeline.sent();
  assert.ok(!pipeline.hasRoom);
});

test('no transaction begins while batches are on their way', () => {
  assert.throws(() => flowing(1).begin());
});

const cases: { what: string; inFlight: number; answers: [ProduceOutcome, Settlement][]; hasRoom: boolean }[] = [
  {
    what: 'written one after the other',
    inFlight: 3,
    answers: [
      ['written', 'written'],
      ['written', 'written'],
    ],
    hasRoom: true,
  },
  {
    what: 'one is to come again: wait for those behind it',
    inFlight: 2,
    answers: [['again', 'unwritten']],
    hasRoom: false,
  },
  {
    what: 'those behind it are refused for the gap, then it goes alone',
    inFlight: 3,
    answers: [
      ['again', 'unwritten'],
      ['out-of-order', 'unwritten'],
      ['again', 'unwritten'],
    ],
    hasRoom: true,
  },
  {
    what: 'one behind a gap was written all the same',
    inFlight: 2,
    answers: [
      ['again', 'unwritten'],
      ['written', 'unknown'],
    ],
    hasRoom: true,
  },
  { what: 'a gap without a reason', inFlight: 2, answers: [['out-of-order', 'unknown']], hasRoom: true },
  {
    what: 'refused for good: those behind it do not count',
    inFlight: 2,
    answers: [
      ['refused', 'refused'],
      ['out-of-order', 'unwritten'],
    ],
    hasRoom: false,
  },
  {
    what: 'one behind a refused one was written all the same',
    inFlight: 2,
    answers: [
      ['refused', 'refused'],
      ['written', 'unknown'],
    ],
    hasRoom: false,
  },
  { what: 'fenced', inFlight: 1, answers: [['fenced', 'fenced']], hasRoom: true },
  {
    what: 'fenced behind a gap',
    inFlight: 2,
    answers: [
      ['again', 'unwritten'],
      ['fenced', 'fenced'],
    ],
    hasRoom: true,
  },
  { what: 'nobody knows', inFlight: 1, answers: [['unknown', 'unknown']], hasRoom: true },
];

for (const { what, inFlight, answers, hasRoom } of cases) {
  test(what, () => {
    const pipeline = flowing(inFlight);
    const settled = answers.map(([outcome]) => pipeline.answered(outcome));
    assert.deepEqual(
      settled,
      answers.map(([, settlement]) => settlement),
    );
    assert.equal(pipeline.hasRoom, hasRoom);
  });
}

test('after the answers are in, the batch that comes again travels alone', () => {
  const pipeline = flowing(2);
  pipeline.answered('again');
  pipeline.answered('out-of-order');
  pipeline.sent();
  assert.ok(!pipeline.hasRoom);
  assert.equal(pipeline.answered('written'), 'written');
  pipeline.sent();
  assert.ok(pipeline.hasRoom);
});

test('a refused partition stays refused in the next transaction', () => {
  const pipeline = flowing(1);
  pipeline.answered('refused');
  pipeline.begin();
  assert.ok(!pipeline.hasRoom);
});
