// How long a transaction may last without an end is what the run was given: by default long enough to bring a process back.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TransactionalDelivery } from '../../../src/engine/transactional-delivery.ts';
import type { TransactionCoordinator } from '../../../src/kafka/transactions.ts';

const producer = { producerId: 7, producerEpoch: 0 };

const cases = [
  ['by default', undefined, 15 * 60_000],
  ['as the run was given', 4_000, 4_000],
] as const;
for (const [what, given, expected] of cases) {
  test(what, async () => {
    const asked: number[] = [];
    const coordinator = {
      holder: () => Promise.resolve(null),
      initProducerId: (timeoutMs: number) => Promise.resolve((asked.push(timeoutMs), producer)),
    } as unknown as TransactionCoordinator;
    const delivery = new TransactionalDelivery(coordinator, given);
    await delivery.first();
    await delivery.take({ confirm: () => Promise.resolve() });
    assert.deepEqual(asked, [expected, expected]);
  });
}
