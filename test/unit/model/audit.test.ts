// An audit says what was done and by which program, keeps no secret, and stays small whatever the Restore was.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { audit as auditSchema, auditOf, MAX_AUDIT_BYTES, type AuditContext } from '../../../src/model/audit.ts';
import { restoreOrder } from '../../../src/model/order.ts';
import { emptyPartition, report as reportSchema, type Report } from '../../../src/model/report.ts';

const at = '2026-01-01T00:00:00.000Z';
const restore = { namespace: 'ns', name: 'orders', uid: 'uid' };

const report = (attempts = 1): Report =>
  reportSchema.parse({
    version: 1,
    ...{ restore, epoch: 3, state: 'Done', updatedAt: at, clusterId: 'c', transactionalId: 't', producer: null },
    plan: [
      {
        ...{ source: 'orders', target: 'orders', generation: 'g' },
        partitions: [{ partition: 0, segments: 1, lastIndex: null, endOffset: 10, records: 10, bytes: 100 }],
      },
    ],
    topics: [
      { target: 'orders', id: 'id', partitions: [{ ...emptyPartition(0, 0), committed: 10, acknowledged: 10 }] },
    ],
    attempts: Array.from({ length: attempts }, (_, i) => ({
      ...{ attempt: i + 1, epoch: i + 1, identity: 'pod', startedAt: at, endedAt: at, resumedFrom: 0, reached: 10 },
      outcome: 'Done',
      ...(i === 0 ? {} : { imageId: `rekindle@sha256:${i + 1}` }),
    })),
    proof: { at, kind: 'Ledger', records: 10, runs: 1, markers: 1, foreign: 0 },
    errors: [],
  });

const context = (changes: Partial<AuditContext> = {}, order: object = {}): AuditContext => ({
  ...{ at, image: 'rekindle@sha256:1', signals: null },
  file: { file: 'report.3.json', bytes: 5, sha256: 'x' },
  order: restoreOrder.parse({
    restore,
    source: { kind: 'file', path: '/archive' },
    kafka: { 'bootstrap.servers': 'kafka:9092' },
    topics: [{ source: 'orders', target: 'orders' }],
    ...order,
  }),
  ...changes,
});

test('what was done, by what, and that it was proved', () => {
  const { records, committed, bytes, outcome, image, proof, epoch } = auditOf(report(), context());
  assert.deepEqual(
    { records, committed, bytes, outcome, image, epoch, kind: proof?.kind },
    { records: 10, committed: 10, bytes: 100, outcome: 'Done', image: 'rekindle@sha256:1', epoch: 3, kind: 'Ledger' },
  );
});

test('which image each attempt ran, as far as anybody knows', () => {
  const { image, attempts } = auditOf(report(2), context({ image: 'rekindle:latest' }));
  assert.equal(image, 'rekindle:latest');
  assert.deepEqual(
    attempts.map(({ imageId }) => imageId),
    [null, 'rekindle@sha256:2'],
  );
});

test('why it failed', () => {
  const errors = [{ at, reason: 'LedgerHole', message: 'x'.repeat(100_000) }];
  const audit = auditOf({ ...report(), state: 'Failed', errors }, context());
  assert.equal(audit.outcome, 'Failed');
  assert.equal(audit.error?.reason, 'LedgerHole');
  assert.ok(audit.error.message.length < 3_000);
});

for (const name of ['sasl.password', 'ssl.key.password', 'ssl.key.pem', 'sasl.jaas.config', 'sasl.oauthbearer.token']) {
  test(`no secret: ${name}`, () => {
    const audit = auditOf(report(), context({}, { kafka: { [name]: 'hush', 'sasl.username': 'me' } }));
    assert.ok(!JSON.stringify(audit).includes('hush'));
    assert.equal(audit.order.kafka['sasl.username'], 'me');
    assert.ok(name in audit.order.kafka, 'that it was set is told');
  });
}

test('no secret: a password in the URL of a store', () => {
  const source = { kind: 's3', bucket: 'b', endpoint: 'https://me:hush@s3:9000' };
  const audit = auditOf(report(), context({}, { source }));
  assert.ok(!JSON.stringify(audit).includes('hush'));
  assert.match(JSON.stringify(audit), /https:\/\/s3:9000/);
});

test('ten thousand topics, five thousand attempts and as many signals: the newest are kept, the rest is counted', () => {
  const topics = Array.from({ length: 10_000 }, (_, i) => ({ source: `source-${i}`, target: `target-${i}` }));
  const signals = Array.from({ length: 5_000 }, () => ({ at, signal: 'pause', by: null }));
  const audit = auditOf(report(5_000), context({ signals }, { topics }));
  assert.ok(Buffer.byteLength(JSON.stringify(audit)) <= MAX_AUDIT_BYTES);
  assert.equal(audit.order.topics.length + audit.leftOut.topics, 10_000);
  assert.equal(audit.attempts.length + audit.leftOut.attempts, 5_000);
  assert.equal((audit.signals?.length ?? 0) + audit.leftOut.signals, 5_000);
  assert.deepEqual(audit.order.topics[0], topics[0]);
  assert.equal(audit.attempts.at(-1)?.attempt, 5_000);
  assert.ok(audit.attempts.length > 100 && audit.order.topics.length > 100 && (audit.signals?.length ?? 0) > 100);
  assert.deepEqual(auditSchema.parse(JSON.parse(JSON.stringify(audit))), audit);
});

test('nothing is left out of a small one', () => {
  const audit = auditOf(report(20), context({ signals: [{ at, signal: 'pause', by: 'me@here' }] }));
  assert.deepEqual(audit.leftOut, { topics: 0, attempts: 0, signals: 0 });
  assert.equal(audit.attempts.length, 20);
  assert.deepEqual(audit.signals, [{ at, signal: 'pause', by: 'me@here' }]);
});
