// The proof by the ledger of a partition that two producers of one Restore have written, as it may lie there after years.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PartitionLedger } from '../../../src/engine/ledger.ts';
import { LedgerProof } from '../../../src/engine/ledger-proof.ts';
import type { RestoredPartition } from '../../../src/engine/partition.ts';
import { parseHeader } from '../../../src/kafka/record-batch.ts';
import { emptyPartition } from '../../../src/model/report.ts';
import { goldenBatch, goldenBatches, writtenBatch } from '../kafka/golden.ts';
import { brokerWith } from './scripted-log.ts';

const [earlier, later, stranger] = [7, 8, 9];
const own = new Set([earlier, later]);
const { count } = parseHeader(goldenBatch('none'));

const written = (producerId: number, offset: number): Buffer => writtenBatch({ producerId, offset });

function ended(producerId: number, offset: number): Buffer {
  const marker = goldenBatches('transactional')[1] ?? assert.fail('there is no marker');
  marker.writeBigInt64BE(BigInt(offset), 0);
  marker.writeBigInt64BE(BigInt(producerId), 43);
  return marker;
}

/** A batch, a marker, a batch, a marker. */
const [first, firstMarker, second, secondMarker] = [0, count, count + 1, 2 * count + 1] as const;

function partition(): RestoredPartition {
  const ledger = new PartitionLedger(emptyPartition(0, 0));
  for (const [index, offset] of [first, second].entries()) {
    const batch = { index: index * count, count, sourceOffset: index * count, size: 100, crc: 1 };
    assert.ok(ledger.acknowledge(batch, { offset, crc: 1, leaderEpoch: 0 }));
  }
  const plan = { name: 't/0', target: 't', partition: 0, records: 2 * count };
  return { plan, ledger, complete: true } as unknown as RestoredPartition;
}

async function prove(log: readonly Buffer[]): Promise<LedgerProof> {
  const proof = new LedgerProof(partition(), own);
  await proof.read(brokerWith(log), { start: 0, end: secondMarker + 1 }, new AbortController().signal);
  return proof;
}

const rest = [written(later, second), ended(later, secondMarker)];

test('each ends its own transaction', async () => {
  const { found } = await prove([written(earlier, first), ended(earlier, firstMarker), ...rest]);
  assert.deepEqual({ markers: found.markers, foreign: found.foreign }, { markers: 2, foreign: 0 });
});

test('what was proved before and is compacted since is not missed', async () => {
  assert.equal((await prove([ended(earlier, firstMarker), ...rest])).records, 2 * count);
});

test('the marker of one does not end the transaction of the other', async () => {
  const log = [written(earlier, first), ended(later, firstMarker), ...rest];
  await assert.rejects(prove(log), {
    reason: 'TargetTruncated',
    message: /nothing ends the transaction of the batch at offset 0/,
  });
});

test("somebody else's batch stands in the place of ours", async () => {
  const log = [written(stranger, first), ended(stranger, firstMarker), ...rest];
  await assert.rejects(prove(log), { reason: 'TargetTruncated', message: /holds a batch of producer 9/ });
});
