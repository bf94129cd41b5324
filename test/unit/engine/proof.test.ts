// A proof that is run again looks at all that has come since it read a partition, though that was long ago.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OutcomeUnknown } from '../../../src/engine/failure.ts';
import { PartitionLedger } from '../../../src/engine/ledger.ts';
import type { RestoredPartition } from '../../../src/engine/partition.ts';
import { Proof, type ProofContext } from '../../../src/engine/proof.ts';
import type { BrokerConnection } from '../../../src/kafka/cluster.ts';
import { parseHeader } from '../../../src/kafka/record-batch.ts';
import { emptyPartition } from '../../../src/model/report.ts';
import { goldenBatch, writtenBatch } from '../kafka/golden.ts';
import { brokerWith } from './scripted-log.ts';

const [ours, stranger] = [7, 9];
const { count } = parseHeader(goldenBatch('none'));

const written = (producerId: number, offset: number): Buffer =>
  writtenBatch({ producerId, offset, transactional: false });

function restored(partition: number): RestoredPartition {
  const ledger = new PartitionLedger(emptyPartition(partition, 0));
  const { crc } = parseHeader(written(ours, 0));
  const batch = { index: 0, count, sourceOffset: 0, size: 100, crc };
  assert.ok(ledger.acknowledge(batch, { offset: 0, crc, leaderEpoch: 0 }));
  const plan = { name: `t/${partition}`, target: 't', partition, records: count };
  return { plan, ledger, complete: true } as unknown as RestoredPartition;
}

const arrivals: Record<string, { late: Buffer; finds: object | null }> = {
  'what a dead process had sent is found': { late: written(ours, count), finds: { reason: 'LedgerRepeat' } },
  'what others have written is theirs': { late: written(stranger, count), finds: null },
};
for (const [what, { late, finds }] of Object.entries(arrivals)) {
  test(`between two tries something arrives in a partition that is proved: ${what}`, async () => {
    // Each partition has a leader of its own; of the second one there is something to read.
    const logs = [[written(ours, 0)], [written(ours, 0), written(stranger, count)]];
    let isLost = true;
    const openConnection = (leader: number): Promise<BrokerConnection> => {
      const broker = brokerWith(logs[leader] ?? []);
      const lose = (): Promise<never> => Promise.reject(new OutcomeUnknown('the connection is lost'));
      const send = leader === 1 && isLost ? lose : broker.send.bind(broker);
      return Promise.resolve({ ...{ nodeId: leader, send, reset: () => undefined } } as unknown as BrokerConnection);
    };
    const endOffsets = (_: string, partitions: readonly number[], kind: string): Promise<Map<number, number>> => {
      const end = (partition: number): number => (kind === 'earliest' ? 0 : (logs[partition] ?? []).length * count);
      return Promise.resolve(new Map(partitions.map((partition) => [partition, end(partition)])));
    };
    const topic = { partitions: [0, 1].map((partition) => ({ partition, leader: partition, leaderEpoch: 0 })) };
    const context = {
      ...{ cluster: { openConnection }, admin: { endOffsets }, topics: new Map([['t', topic]]) },
      ...{ mayArriveLate: true, step: () => undefined, signal: new AbortController().signal },
    } as unknown as ProofContext;
    const proof = new Proof('Ledger', [restored(0), restored(1)], new Set([ours]));

    await assert.rejects(proof.run(context), /the connection is lost/);
    assert.equal(proof.records, count, 'one of the two is proved');
    isLost = false;
    logs[0]?.push(late);
    if (finds === null) assert.equal((await proof.run(context)).records, 2 * count);
    else await assert.rejects(proof.run(context), finds);
  });
}
