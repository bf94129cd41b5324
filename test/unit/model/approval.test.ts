// An answer counts for what was asked before it came, and once: whatever is seen late or twice, whatever begins anew.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  afterHold,
  afterHolding,
  afterSeeing,
  approvalOf,
  asked,
  ignoredApproval,
  isErrand,
  retentionApproval,
} from '../../../src/model/approval.ts';
import { answerTo } from '../../../src/model/answers.ts';
import { agrees } from '../../../src/model/holds.ts';
import type { Observation } from '../../../src/model/observation.ts';
import type { RestoreStatus } from '../../../src/model/resources/restore-status.ts';
import { initialState } from '../../../src/model/state.ts';
import type { RestoreState } from '../../../src/model/state.ts';
import { conditionsOf, nothingFound } from '../../../src/model/status-report.ts';
import { job, picture, situation, state } from './pictures.ts';

const ref = { namespace: 'ns', name: 'r', uid: 'u' };
const inUse = { reason: 'TargetInUse', message: 'others wrote' } as const;
const reset = { reason: 'ResetNeedsApproval', message: 'deletes 5' } as const;
const toInUse = { ...inUse, value: 'TargetInUse' };
const approved = (approve: string | null, changes: Partial<Observation> = {}): Observation =>
  picture(changes, { approve });

test('asked first, answered then: the answer is in the words that were said', () => {
  const held = afterHold(state(), inUse, picture());
  assert.equal(approvalOf(held, picture()), null);
  assert.deepEqual(approvalOf(held, approved('TargetInUse')), toInUse);
  assert.equal(approvalOf(held, approved('TargetTruncated')), null, 'another answer');
  assert.equal(approvalOf(held, approved('TargetInUseNot')), null, 'another answer');
  assert.equal(approvalOf(held, null), null, 'nothing was seen yet');
});

test('an answer that stood there before it was asked for is not one, until it is given again', () => {
  let held = afterHold(state(), inUse, approved('TargetInUse'));
  assert.equal(approvalOf(held, approved('TargetInUse')), null);
  held = afterSeeing(held, approved('TargetInUse', { leftovers: ['pod-1'] }));
  assert.equal(approvalOf(held, approved('TargetInUse')), null, 'it still stands there');
  const anew = { ...inUse, value: 'TargetInUse.1' };
  assert.deepEqual(approvalOf(afterSeeing(held, approved(anew.value)), approved(anew.value)), anew, 'in one go');
  held = afterSeeing(held, picture());
  assert.deepEqual(approvalOf(held, approved('TargetInUse')), toInUse);
});

test('said again in the same words it is the same question; in other words it is another one', () => {
  const held = afterHold(state(), reset, picture());
  const value = answerTo(reset);
  const again = afterHold(held, reset, approved(value));
  assert.deepEqual(approvalOf(again, approved(value)), { ...reset, value });
  const more = afterHold(held, { ...reset, message: 'deletes 6' }, approved(value));
  assert.equal(approvalOf(more, approved(value)), null);
});

test('where records of others are deleted an answer names the words that were read', () => {
  const value = answerTo(reset);
  assert.match(value, /^ResetNeedsApproval\.[0-9a-f]{8}$/);
  const held = afterHold(state(), { ...reset, message: 'deletes 6' }, picture());
  for (const given of [value, 'ResetNeedsApproval']) {
    assert.equal(approvalOf(held, approved(given)), null, 'it came after these words, but was given to those before');
    const said = ignoredApproval(held, approved(given));
    assert.equal(said?.reason, 'OtherWords');
    assert.ok(said.message.endsWith(`approve=${answerTo({ ...reset, message: 'deletes 6' })}`), said.message);
  }
});

test('acted on once, it is not taken a second time while it is still seen', () => {
  const held = afterHold(state(), inUse, picture());
  const goesOn = afterHolding(held, toInUse);
  assert.equal(goesOn.hold, null);
  const again = afterHold(goesOn, inUse, approved('TargetInUse', { hold: { ...inUse, unheard: null } }));
  assert.equal(approvalOf(again, approved('TargetInUse')), null);
  assert.deepEqual(approvalOf(afterSeeing(again, picture()), approved('TargetInUse')), toInUse);
});

test('over without an answer, nothing is left of it', () => {
  assert.deepEqual(afterHolding(afterHold(state(), inUse, picture()), null), state());
});

test('a start from zero that was agreed to leaves no records in place', () => {
  const started = state({ resumedFrom: 50 });
  for (const [reason, resumedFrom] of [
    ['TargetTruncated', 0],
    ['TargetReplaced', 0],
    ['GuardReverted', 50],
  ] as const) {
    const hold = { reason, message: 'm' };
    assert.equal(afterHolding(afterHold(started, hold, null), { ...hold, value: reason }).resumedFrom, resumedFrom);
  }
});

/** The status as the workflow would write it. */
function statusOf(of: RestoreState, seen: Observation): RestoreStatus {
  const findings = { ...nothingFound, reportOpened: true };
  const stated = conditionsOf({ phase: 'Waiting', why: inUse }, of, situation({ seen }), findings, 'temporal');
  return { conditions: stated.map((c) => ({ ...c, lastTransitionTime: '2026-01-01T00:00:00Z' })) };
}

test('a new chain of executions knows from the status what was asked, and whether the answer came before', () => {
  for (const before of [null, 'TargetInUse']) {
    const held = afterHold(state(), inUse, approved(before));
    const begun = initialState(ref, statusOf(held, approved(before)));
    assert.deepEqual(begun.hold, inUse);
    const answer = approvalOf(begun, approved('TargetInUse'));
    assert.deepEqual(answer, before === null ? toInUse : null);
  }
});

test('an execution that was reset to before it asked takes the answer that has come since', () => {
  const seen = approved('TargetInUse', { hold: { ...inUse, unheard: null } });
  assert.deepEqual(approvalOf(afterHold(state(), inUse, seen), seen), toInUse);
  const early = approved('TargetInUse', { hold: { ...inUse, unheard: 'TargetInUse' } });
  assert.equal(approvalOf(afterHold(state(), inUse, early), early), null);
});

const held = afterHold(state(), inUse, picture());
const ignored: readonly [string, RestoreState, string | null, string | null, RegExp?][] = [
  ['no answer', held, null, null],
  ['the answer', held, 'TargetInUse', null],
  ['an answer to nothing', state(), 'TargetInUse', 'NotHeld', /TargetInUse answers nothing .* holds for nothing/],
  ['another answer', held, 'yes', 'NotHeld', /=yes answers nothing that was asked\. It holds for TargetInUse/],
  [
    'an answer from before',
    afterHold(state(), inUse, approved('TargetInUse')),
    'TargetInUse',
    'GivenBefore',
    /stood there before .* If you agree to that: kubectl -n ns annotate restore\.rekindle\.dev r --overwrite rekindle\.dev\/approve=TargetInUse\.[0-9a-f]{8}$/,
  ],
  ['one that was acted on, seen late', afterHolding(held, toInUse), 'TargetInUse', null],
  ['what is asked at the end only', state(), 'RetentionHeld', null],
];
for (const [given, of, approve, reason, words] of ignored) {
  test(`${given}: ${reason ?? 'nothing is said'}`, () => {
    const said = ignoredApproval(of, approved(approve));
    assert.equal(said?.reason ?? null, reason);
    if (words) assert.match(said?.message ?? '', words);
  });
}

test('an answer that waits until the Restore is enabled is told so', () => {
  const seen = picture({}, { approve: 'RetentionHeld', enabled: false });
  assert.equal(ignoredApproval(state(), seen)?.reason, 'NotEnabled');
});

test('retention is asked about where an answer is acted on', () => {
  const findings = { ...nothingFound, held: [{ topic: 't', message: 'Topic t keeps its records.' }] };
  const sentence = (phase: 'Done' | 'Failed'): string | undefined =>
    conditionsOf({ phase, why: null }, state(), situation(), findings, 'temporal').find(
      ({ type }) => type === 'RetentionHeld',
    )?.message;
  assert.match(sentence('Done') ?? '', /approve=RetentionHeld$/);
  assert.equal(sentence('Failed'), 'Topic t keeps its records.');
});

test('a hold is said with what would be done, and the command that agrees', () => {
  const { message } = asked(ref, inUse);
  assert.match(
    message,
    /^others wrote If you agree, what is new .*: kubectl -n ns annotate restore\.rekindle\.dev r --overwrite/,
  );
  const away = { reason: 'KafkaUnreachable', message: 'away' };
  assert.deepEqual(asked(ref, away), away);
});

test('where others are concerned, agreed is to the very words', () => {
  assert.equal(agrees(inUse, 'TargetInUse', 'others wrote even more'), true);
  assert.equal(agrees(inUse, 'TargetTruncated', 'others wrote'), false);
  assert.equal(agrees(reset, 'ResetNeedsApproval', 'deletes 5'), true);
  assert.equal(agrees(reset, 'ResetNeedsApproval', 'deletes 6'), false);
  assert.equal(agrees(null, 'ResetNeedsApproval', 'deletes 5'), false);
});

const retained = (status: 'True' | 'False'): RestoreStatus['conditions'] => [
  { type: 'RetentionHeld', status, reason: '', message: '', lastTransitionTime: '', observedGeneration: 1 },
];
const done: RestoreStatus = {
  phase: 'Done',
  job: { name: 'r-aaaaa', uid: 'job-1' },
  attempt: 3,
  sequence: 9,
  conditions: retained('True'),
};
const ended = { reason: 'PodFailed', message: 'm', disruption: false, outOfMemory: false };
const over = job({ phase: 'Complete' });
const outlived = job({}, { running: false, loss: ended });
const errands: readonly [string, Observation, RestoreStatus, boolean][] = [
  ['nobody has agreed', approved(null, { jobs: [over] }), done, false],
  ['agreed to', approved('RetentionHeld', { jobs: [over] }), done, true],
  ['its pod has yet to leave', approved('RetentionHeld', { jobs: [job()] }), done, false],
  ['its container has left, what is beside it goes on', approved('RetentionHeld', { jobs: [outlived] }), done, true],
  ['another Job has left', approved('RetentionHeld', { jobs: [job(), { ...outlived, uid: 'job-2' }] }), done, false],
  ['agreed to something else', approved('TargetInUse', { jobs: [over] }), done, false],
  ['nothing is held', approved('RetentionHeld', { jobs: [over] }), { ...done, conditions: retained('False') }, false],
  ['not done yet', approved('RetentionHeld', { jobs: [over] }), { ...done, phase: 'Restoring' }, false],
  ['the Job is gone: more is wanted', approved('RetentionHeld'), done, false],
];
for (const [given, seen, status, expected] of errands) {
  test(`retention of a Restore that is done, ${given}: ${expected ? 'an errand' : 'none'}`, () =>
    assert.equal(isErrand(seen, status), expected));
}

test('an errand has an attempt and a Job of its own', () => {
  const { attempt, sequence, job: inHand, errand } = initialState(ref, done, true);
  assert.deepEqual([attempt, sequence, inHand, errand], [4, 0, null, true]);
});

test('that retention may delete can be agreed to at any time', () => {
  assert.equal(retentionApproval(approved('RetentionHeld'))?.reason, 'RetentionHeld');
  assert.equal(retentionApproval(approved('RetentionHeld.2'))?.value, 'RetentionHeld.2');
  assert.equal(retentionApproval(approved('TargetInUse')), null);
  assert.equal(retentionApproval(null), null);
});
