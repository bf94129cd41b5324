// What is read again, and from where, when it is doubtful whether the target holds what is on record: what a proof has
// covered may have left the topic, all else must be there.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PartitionLedger, type PlanBatch } from '../../../src/engine/ledger.ts';
import type { RestoredPartition } from '../../../src/engine/partition.ts';
import { readTails, type TailContext } from '../../../src/engine/tail.ts';
import { parseHeader, strip } from '../../../src/kafka/record-batch.ts';
import { emptyPartition, type PartitionReport } from '../../../src/model/report.ts';
import { createLogger } from '../../../src/telemetry/log.ts';
import { goldenBatch, writtenBatch, type Written } from '../kafka/golden.ts';
import { brokerWith } from './scripted-log.ts';

const producerId = 7;
const archived = goldenBatch('none');
strip(archived);
const { count, crc } = parseHeader(archived);
const size = archived.length;
const plan: PlanBatch[] = [0, 1, 2].map((i) => ({
  ...{ index: i * count, count, sourceOffset: i * count, size, crc },
}));

/** Each of the three batches was written by a process of its own, right behind the one before. */
const written = (i: number, of: Partial<Written> = {}): Buffer =>
  writtenBatch({ producerId, producerEpoch: i, offset: i * count, leaderEpoch: 0, ...of });

interface Case {
  readonly given: string;
  readonly acknowledged: number;
  readonly proved: number;
  readonly doubted?: boolean;
  /** Batches that were on record, of which some were forgotten since. Default those that are. */
  readonly known?: number;
  /** Batches that the log has, and those of them that another leader has appended. */
  readonly log: readonly number[];
  readonly moved?: readonly number[];
  /** The report is of a version that did not note which batch was the last that was proved. */
  readonly old?: boolean;
  readonly then: { readonly acknowledged: number; readonly proved: number } | RegExp;
}

const cases: readonly Case[] = [
  { given: 'nothing is doubtful', acknowledged: 3, proved: 1, log: [0, 1, 2], then: { acknowledged: 3, proved: 1 } },
  { given: 'what is proved has left', acknowledged: 1, proved: 1, log: [1, 2], then: { acknowledged: 3, proved: 1 } },
  ...[
    { given: 'all is there', acknowledged: 3, proved: 1, log: [0, 1, 2], then: { acknowledged: 3, proved: 1 } },
    { given: 'what is proved has left', acknowledged: 3, proved: 1, log: [1, 2], then: { acknowledged: 3, proved: 1 } },
    { given: 'what is not proved has left', acknowledged: 3, proved: 1, log: [2], then: /from offset \d+ on were ack/ },
    { given: 'the end is cut', acknowledged: 3, proved: 1, log: [0, 1], then: /the log ends at/ },
    { given: 'all is proved', acknowledged: 1, proved: 1, log: [0], then: { acknowledged: 1, proved: 1 } },
    {
      given: 'all is proved, and has left',
      acknowledged: 2,
      proved: 2,
      log: [2],
      then: { acknowledged: 3, proved: 2 },
    },
    {
      given: 'reading was interrupted',
      known: 3,
      acknowledged: 1,
      proved: 1,
      log: [0, 1, 2],
      then: { acknowledged: 3, proved: 1 },
    },
    { given: 'nothing is proved', acknowledged: 3, proved: 0, log: [0, 1, 2], then: { acknowledged: 3, proved: 0 } },
    {
      given: 'the report is old',
      acknowledged: 3,
      proved: 1,
      old: true,
      log: [0, 1, 2],
      then: { acknowledged: 3, proved: 0 },
    },
  ].map((one) => ({ ...one, doubted: true })),
  ...[
    { given: 'the last', acknowledged: 3, proved: 1, moved: [2], then: { acknowledged: 3, proved: 1 } },
    {
      given: 'the last, and what is proved has left',
      ...{ acknowledged: 3, proved: 1, moved: [2], log: [1, 2] },
      then: { acknowledged: 3, proved: 1 },
    },
    {
      given: 'what is left of what is proved',
      ...{ acknowledged: 2, proved: 2, moved: [1], log: [1, 2] },
      then: { acknowledged: 3, proved: 2 },
    },
    { given: 'all of them', acknowledged: 3, proved: 1, moved: [0, 1, 2], then: { acknowledged: 3, proved: 0 } },
    { given: 'all that is proved', acknowledged: 1, proved: 1, moved: [0], then: { acknowledged: 3, proved: 0 } },
  ].map((one) => ({ log: [0, 1, 2], ...one, given: `another leader has appended ${one.given}` })),
];

for (const {
  given,
  doubted = false,
  acknowledged,
  proved,
  log,
  moved = [],
  old = false,
  known = acknowledged,
  then,
} of cases) {
  test(`${doubted ? 'not guarded for a while, and ' : ''}${given}`, async () => {
    const ledger = new PartitionLedger({ ...emptyPartition(0, 0) });
    for (const [i, batch] of plan.slice(0, acknowledged).entries()) {
      const { crc: there } = parseHeader(written(i));
      assert.ok(ledger.acknowledge(batch, { offset: i * count, crc: there, leaderEpoch: 0 }));
      if (i + 1 === proved) ledger.prove();
    }
    ledger.commit();
    Object.assign(ledger.report, { doubted }, old ? { provedLast: null } : {});

    const reading = read(
      ledger,
      known,
      log.map((i) => written(i, { leaderEpoch: moved.includes(i) ? 1 : 0 })),
    );
    if (then instanceof RegExp) {
      await assert.rejects(reading, { reason: 'TargetTruncated', message: then });
      return;
    }
    const report = await reading;
    assert.equal(report.error, null);
    assert.deepEqual(
      { acknowledged: report.acknowledged, proved: report.proved },
      { acknowledged: then.acknowledged * count, proved: then.proved * count },
    );
    assert.deepEqual(report.runs, [[0, 0, 0, then.acknowledged * count]]);
    // The end is looked at again, whatever was read.
    assert.equal(report.last?.offset, (then.acknowledged - 1) * count);
    assert.deepEqual([report.bytes, report.doubted], [then.acknowledged * size, false]);
  });
}

const again: Record<string, { log: readonly Buffer[]; acknowledged: number | null; orphaned?: boolean }> = {
  'by a process whose report is lost, which wrote nothing': {
    ...{ log: [written(0, { producerId: 99, offset: 10 * count })], orphaned: true, acknowledged: 0 },
  },
  'by nobody: there are records of others only': {
    ...{ log: [written(0, { producerId: 99, offset: 10 * count })], acknowledged: null },
  },
  'by nobody, though a report is lost: the rest is what was written before': {
    ...{ log: [written(0, { producerEpoch: 0, offset: 10 * count })], orphaned: true, acknowledged: null },
  },
  'by a newer process, which got on': {
    log: [0, 1].map((i) => written(i, { producerEpoch: 5 + i, offset: (10 + i) * count })),
    acknowledged: 2,
  },
  'by nobody: the rest is what was written before': {
    log: [written(0, { producerEpoch: 0, offset: 10 * count })],
    acknowledged: null,
  },
  'by nobody: what comes first is not the first of the plan': {
    log: [written(1, { producerEpoch: 5, offset: 10 * count, codec: 'gzip' })],
    acknowledged: null,
  },
};
for (const [given, { log, acknowledged, orphaned = false }] of Object.entries(again)) {
  test(`all that is on record was deleted, and the partition begun again ${given}`, async () => {
    const ledger = new PartitionLedger({ ...emptyPartition(0, 0), orphaned });
    for (const [i, batch] of plan.slice(0, 2).entries()) {
      assert.ok(ledger.acknowledge(batch, { offset: i * count, crc: parseHeader(written(i)).crc, leaderEpoch: 0 }));
    }
    const reading = read(ledger, 2, log);
    if (acknowledged === null) {
      await assert.rejects(reading, { reason: 'TargetTruncated', message: /the log begins at/ });
    } else {
      const { runs, orphaned: still } = await reading;
      assert.deepEqual(runs, acknowledged === 0 ? [] : [[0, 0, 10 * count, acknowledged * count]]);
      assert.equal(still, false);
    }
  });
}

/** @param known batches that the processes before had on record */
async function read(ledger: PartitionLedger, known: number, log: readonly Buffer[]): Promise<PartitionReport> {
  const headers = log.map((batch) => parseHeader(batch));
  const earliest = headers[0]?.baseOffset ?? 0;
  const end = (headers.at(-1)?.baseOffset ?? 0) + count;
  const rows = (from: number): AsyncGenerator<PlanBatch> => each(plan.filter(({ index }) => index >= from));
  const partition = {
    plan: { name: 't/0', target: 't', partition: 0, records: 3 * count, rows },
    ledger,
  } as unknown as RestoredPartition;
  const topic = { partitions: [{ partition: 0, leader: 1, leaderEpoch: 0 }] };
  const context = {
    cluster: { openConnection: () => Promise.resolve(Object.assign(brokerWith(log), { reset: () => undefined })) },
    topics: new Map([['t', topic]]),
    // The process that wrote the last batch on record.
    writer: { producerId, producerEpoch: known - 1, base: { t: [(known - 1) * count] } },
    ...{ ownIds: new Set([producerId]), redo: () => assert.fail('nothing was aborted'), logger: createLogger() },
    signal: new AbortController().signal,
  };
  await readTails(context as unknown as TailContext, [partition], new Map([[partition, { earliest, end }]]));
  return ledger.report;
}

async function* each<T>(items: readonly T[]): AsyncGenerator<T> {
  for (const item of items) yield await Promise.resolve(item);
}
