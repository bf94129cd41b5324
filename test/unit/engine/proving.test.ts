// A batch that was refused ends a restore only if no guard was off: otherwise that is said, and the batch is offered again.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { GuardWatch } from '../../../src/engine/guard-watch.ts';
import type { Journal } from '../../../src/engine/journal.ts';
import { PartitionLedger } from '../../../src/engine/ledger.ts';
import { restoredPartition, type RestoredPartition } from '../../../src/engine/partition.ts';
import type { PartitionPlan } from '../../../src/engine/plan.ts';
import type { Progress } from '../../../src/engine/progress.ts';
import { Proving } from '../../../src/engine/proving.ts';
import type { TargetLink } from '../../../src/engine/target-link.ts';
import { RekindleError, type Reason } from '../../../src/model/reasons.ts';
import { emptyPartition, type Report } from '../../../src/model/report.ts';
import { createLogger } from '../../../src/telemetry/log.ts';

const { signal } = new AbortController();

/** A partition that stands still. */
function stopped(reason: Reason, doubted = false): RestoredPartition {
  const error = { reason, message: 'because', at: new Date().toISOString() };
  const ledger = new PartitionLedger({ ...emptyPartition(0, 0), error, doubted });
  return restoredPartition({ name: 'orders/0', records: 10 } as unknown as PartitionPlan, ledger);
}

/**
 * A proof up to where it would read the log; restoring brings everything that is not stopped.
 * @param guards what looking at them throws; null while all are on
 */
async function prove(partition: RestoredPartition, guards: RekindleError | null = null): Promise<void> {
  const journal = { report: { hold: null } as Report, stillOurs: () => Promise.resolve() } as unknown as Journal;
  const proving = new Proving({
    ...{ journal, kind: 'Ledger', ownIds: new Set<number>(), logger: createLogger(), step: () => undefined },
    link: { connect: () => Promise.reject(new Error('it is proved')) } as unknown as TargetLink,
    guards: {
      assertInForce: () => (guards === null ? Promise.resolve() : Promise.reject(guards)),
      over: <T>(work: (signal: AbortSignal) => Promise<T>) => work(signal),
    } as unknown as GuardWatch,
    restore: () => {
      const { report } = partition.ledger;
      if (report.error === null) Object.assign(report, { acknowledged: 10, doubted: false });
      return Promise.resolve();
    },
    progress: () => ({ waiting: null }) as unknown as Progress,
  });
  await proving.prove([partition], signal, () => undefined);
}

test('a guard that is off is said in place of what it made the broker refuse', async () => {
  const off = new RekindleError('GuardReverted', 'off');
  await assert.rejects(prove(stopped('BatchRefused'), off), off);
});

test('what was refused while a guard was off is offered again once it is on', async () => {
  await assert.rejects(prove(stopped('BatchRefused', true)), { message: 'it is proved' });
});

test('what was refused though all guards were on is final', async () => {
  await assert.rejects(prove(stopped('BatchRefused')), { reason: 'BatchRefused' });
});

test('what the archive lacks no guard brings back', async () => {
  await assert.rejects(prove(stopped('SegmentDamaged', true)), { reason: 'SegmentDamaged' });
});
