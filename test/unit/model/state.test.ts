// What is handed from attempt to attempt: numbers that only grow, a backoff that grows with losses and ends with progress,
// and nothing that a wiped Temporal could lose for good.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { progressStatus } from '../../../src/model/progress-status.ts';
import { afterAttempt, afterOpening, initialState } from '../../../src/model/state.ts';
import type { DeliveryKind } from '../../../src/model/order.ts';
import { conditionsOf, nothingFound, standingOf } from '../../../src/model/status-report.ts';
import { situation, state } from './pictures.ts';

const ref = { namespace: 'ns', name: 'r', uid: 'u' };
const killed = { reason: 'PodKilled', message: 'm', disruption: false, outOfMemory: false };
const condition = (type: string, reason: string) =>
  ({ type, status: 'True', reason, message: '', lastTransitionTime: '', observedGeneration: 1 }) as const;

test('a new chain begins with what the status remembers', () => {
  const job = { name: 'r-aaaaa', uid: 'job-1' };
  const conditions = [condition('Paused', 'PausedBySignal'), condition('TargetGuarded', 'Restoring')];
  const begun = initialState(ref, { conditions, attempt: 4, sequence: 7, job, resumedFrom: 50, phase: 'Paused' });
  assert.equal(begun.attempt, 4);
  assert.equal(begun.sequence, 7);
  assert.deepEqual(begun.job, job);
  assert.equal(begun.paused, 'PausedBySignal');
  assert.equal(begun.guarded, true);
  assert.equal(begun.resumedFrom, 50);
});

test('a new chain of a new Restore begins with attempt 1, not paused', () => {
  const begun = initialState(ref, { conditions: [] });
  assert.deepEqual([begun.attempt, begun.sequence, begun.job, begun.paused, begun.guarded], [1, 0, null, null, false]);
});

test('each lost attempt has the next number, and waits twice as long, up to a minute', () => {
  let current = state();
  const waits = [];
  for (let i = 0; i < 8; i++) {
    current = afterAttempt(current, killed, 1_000_000);
    waits.push(current.notBefore - 1_000_000);
  }
  assert.deepEqual(waits, [1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000]);
  assert.equal(current.attempt, 9);
});

test('a disruption waits for nothing and counts for nothing', () => {
  const after = afterAttempt(state(), { ...killed, disruption: true }, 1_000_000);
  assert.deepEqual([after.notBefore, after.losses, after.outOfMemory, after.attempt], [0, 0, 0, 2]);
});

test('losses are forgotten as soon as an attempt found more in place than the one before', () => {
  const lost = afterAttempt(state({ resumedFrom: 10, outOfMemory: 1, losses: 1 }), { ...killed, outOfMemory: true }, 0);
  assert.deepEqual([lost.losses, lost.outOfMemory], [2, 2]);
  assert.equal(afterOpening(lost, 10).outOfMemory, 2);
  assert.deepEqual([afterOpening(lost, 11).losses, afterOpening(lost, 11).outOfMemory], [0, 0]);
});

const measured = {
  acknowledgedRecords: 40,
  committedRecords: 30,
  acknowledgedBytes: 400,
  provedRecords: 0,
  totalRecords: 100,
  totalBytes: 1_000,
  partitionsDone: 1,
  partitionsTotal: 2,
  waiting: null,
  bytesPerSecond: 5,
  at: '2026-01-01T00:00:00Z',
};

test('numbers do not go back while an attempt goes on from the report, and do when it starts from zero', () => {
  const before = progressStatus({ ...measured, acknowledgedRecords: 60, acknowledgedBytes: 600 }, undefined, 0);
  assert.equal(progressStatus(measured, before, 35).records, 60);
  assert.equal(progressStatus(measured, before, 0).records, 40);
  assert.equal(progressStatus(measured, undefined, 0).percent, 40);
});

test('JobCompleted is True with the proof only', () => {
  const findings = { ...nothingFound, reportOpened: true };
  for (const step of [
    { do: 'run', phase: 'Restoring', why: null },
    { do: 'wait', phase: 'Paused', why: null },
    { do: 'end', as: 'Failed', trouble: { reason: 'SegmentMissing', message: 'm' } },
  ] as const) {
    const standing = standingOf(step);
    assert.ok(standing);
    const stated = conditionsOf(standing, state(), situation(), findings, 'temporal');
    assert.equal(stated.find(({ type }) => type === 'JobCompleted')?.status, 'False');
    assert.equal(stated.find(({ type }) => type === 'Proven')?.status, 'False');
  }
  const standing = standingOf({ do: 'end', as: 'Done' });
  assert.ok(standing);
  const stated = conditionsOf(
    standing,
    state(),
    situation(),
    { ...findings, proof: { records: 5, foreign: 2 } },
    'temporal',
  );
  const status = (type: string) => stated.find((c) => c.type === type)?.status;
  assert.deepEqual([status('JobCompleted'), status('Proven'), status('ForeignRecords')], ['True', 'True', 'True']);
});

test('A Restore that writes without transactions says what that means, and one that does not says nothing of it', () => {
  const standing = standingOf({ do: 'wait', phase: 'Restoring', why: null });
  assert.ok(standing);
  const said = (delivery: DeliveryKind | null) =>
    conditionsOf(standing, state(), situation(), { ...nothingFound, delivery }, 'temporal').find(
      ({ type }) => type === 'IdempotentDelivery',
    );
  assert.deepEqual([said('Idempotent')?.status, said('Transactional')?.status], ['True', 'False']);
  assert.match(
    said('Idempotent')?.message ?? '',
    /does not shut out .* before Done .*LedgerRepeat .* rekindle verify/i,
  );
  assert.equal(said(null), undefined, 'before the report was opened it is not known');
});

test('A Restore that is paused by a signal says how it goes on, in whichever namespace of Temporal its workflow is', () => {
  const paused = state({ paused: 'PausedBySignal' });
  const stated = conditionsOf({ phase: 'Paused', why: null }, paused, situation(), nothingFound, 'payments');
  assert.equal(
    stated.find(({ type }) => type === 'Paused')?.message,
    'Paused by a signal. To go on: temporal workflow signal --namespace payments --name resume --workflow-id restore/ns/r/u',
  );
});
