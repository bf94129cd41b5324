// An archive that is out of reach for a while costs no batch and repeats none, and it is said meanwhile.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Waiting } from '../../../src/engine/failure.ts';
import type { FedBatch } from '../../../src/engine/feed.ts';
import { readPatiently } from '../../../src/engine/patient-reading.ts';
import { RekindleError, type Reason } from '../../../src/model/reasons.ts';

const BATCHES = 4;
const RECORDS = 10;

const batchAt = (index: number): FedBatch => ({
  batch: { index, count: RECORDS, sourceOffset: index, size: 100, crc: 0 },
  bytes: Buffer.alloc(0),
  release: () => undefined,
});

/** An archive of four batches that fails once before each of these plan indexes. */
function archive(failures: { before: number; reason: Reason }[]): (from: number) => AsyncIterable<FedBatch> {
  const left = [...failures];
  return async function* (from) {
    for (let index = from; index < BATCHES * RECORDS; index += RECORDS) {
      const failure = left[0];
      if (failure?.before === index) {
        left.shift();
        throw new RekindleError(failure.reason, 'as told');
      }
      await Promise.resolve();
      yield batchAt(index);
    }
  };
}

async function read(
  from: (index: number) => AsyncIterable<FedBatch>,
  signal = new AbortController().signal,
): Promise<{ indexes: number[]; said: (string | null)[] }> {
  const said: (string | null)[] = [];
  const onWaiting = (waiting: Waiting | null): void => void said.push(waiting?.reason ?? null);
  const indexes: number[] = [];
  for await (const { batch } of readPatiently(from, 0, { signal, onWaiting })) indexes.push(batch.index);
  return { indexes, said };
}

test('it goes on with the batch that was missing', async () => {
  const { indexes, said } = await read(archive([{ before: 20, reason: 'StorageUnreachable' }]));
  assert.deepEqual(indexes, [0, 10, 20, 30]);
  assert.deepEqual(said, ['StorageUnreachable', null]);
});

test('damage is not waited for', async () => {
  await assert.rejects(read(archive([{ before: 10, reason: 'SegmentMissing' }])), { reason: 'SegmentMissing' });
});

test('the wait ends when nobody wants the batches any more', async () => {
  const abort = new AbortController();
  const reading = read(archive([{ before: 10, reason: 'StorageUnreachable' }]), abort.signal);
  setImmediate(() => abort.abort());
  await assert.rejects(reading, { name: 'AbortError' });
});
