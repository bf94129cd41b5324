// What of a log counts as restored is what readers of committed records see at the places of the report; all else is
// others', or a flaw.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RestoredRecords, type Flaw, type RestoredRecord } from '../../../src/engine/restored-records.ts';
import type { ScannedBatch } from '../../../src/engine/scan.ts';
import { parseHeader, stamp, strip } from '../../../src/kafka/record-batch.ts';
import { goldenBatch } from '../kafka/golden.ts';

const [OURS, EARLIER, THEIRS] = [7, 5, 9];
const RECORDS = 6;

function batch(
  producerId: number,
  offset: number,
  of: { transactional?: boolean; damaged?: boolean } = {},
): ScannedBatch {
  const bytes = goldenBatch('gzip');
  strip(bytes);
  if (of.transactional ?? true) stamp(bytes, { producerId, producerEpoch: 0, baseSequence: 0 });
  bytes.writeBigInt64BE(BigInt(offset));
  if (of.damaged) bytes.writeUInt8(bytes.readUInt8(bytes.length - 1) ^ 1, bytes.length - 1);
  return { header: { ...parseHeader(bytes), producerId }, bytes, commitMarker: false };
}
const marker = (producerId: number, offset: number, commitMarker: boolean): ScannedBatch => {
  const { header, bytes } = batch(producerId, offset);
  return { header: { ...header, control: true, count: 1, lastOffsetDelta: 0 }, bytes, commitMarker };
};
const commit = (producerId: number, offset: number): ScannedBatch => marker(producerId, offset, true);
const abort = (producerId: number, offset: number): ScannedBatch => marker(producerId, offset, false);

/** Plan index 0 to 5 at the offsets 10 to 15, 6 to 11 at 20 to 25. */
const runs: [number, number, number, number][] = [
  [0, 100, 10, RECORDS],
  [6, 106, 20, RECORDS],
];

function seen(...log: ScannedBatch[]): {
  indexes: number[];
  flaws: [string, number][];
  foreign: number;
  aborted: number;
} {
  const records = new RestoredRecords(runs, new Set([OURS, EARLIER]));
  const found: (RestoredRecord | Flaw)[] = [...log.flatMap((scanned) => [...records.judge(scanned)]), ...records.end()];
  return {
    indexes: found.flatMap((one) => ('flaw' in one ? [] : [one.place.index])),
    flaws: found.flatMap((one): [string, number][] => ('flaw' in one ? [[one.flaw, one.targetOffset]] : [])),
    ...records.others,
  };
}
const all = Array.from({ length: 2 * RECORDS }, (_, index) => index);
const [first, second] = [batch(OURS, 10), batch(OURS, 20)];
const clean = { indexes: all, flaws: [], foreign: 0, aborted: 0 };

const cases: [what: string, log: ScannedBatch[], expected: Partial<ReturnType<typeof seen>>][] = [
  ['two transactions of ours', [first, commit(OURS, 16), second, commit(OURS, 26)], {}],
  [
    'a batch of an earlier producer of ours that the report does not know',
    [first, commit(OURS, 16), second, commit(OURS, 26), batch(EARLIER, 30, { transactional: false })],
    { flaws: [['repeated', 30]] },
  ],
  ['one that is not ended', [first, commit(OURS, 16), second], { flaws: [['uncommitted', 20]] }],
  ['one that was aborted', [first, abort(OURS, 16), second, commit(OURS, 26)], { flaws: [['aborted', 10]] }],
  [
    'records of others',
    [batch(THEIRS, 0, { transactional: false }), first, second, commit(OURS, 26)],
    { foreign: RECORDS },
  ],
  [
    'a transaction of others in between',
    [batch(THEIRS, 0), first, second, commit(THEIRS, 26), commit(OURS, 27)],
    { foreign: RECORDS },
  ],
  [
    'one that they aborted',
    [first, batch(THEIRS, 30), abort(THEIRS, 36), second, commit(OURS, 27)],
    { aborted: RECORDS },
  ],
  ['ours where the report has none', [first, second, batch(OURS, 30), commit(OURS, 36)], { flaws: [['repeated', 30]] }],
  ['the same, aborted', [first, second, commit(OURS, 26), batch(OURS, 30), abort(OURS, 36)], {}],
  [
    'a damaged batch',
    [first, batch(OURS, 20, { damaged: true }), commit(OURS, 26)],
    { indexes: all.slice(0, 6), flaws: [['damaged', 20]] },
  ],
  ['a missing batch', [second, commit(OURS, 26)], { indexes: all.slice(6) }],
];
for (const [what, log, expected] of cases) {
  test(what, () => assert.deepEqual(seen(...log), { ...clean, ...expected }));
}
