// Whatever a restore holds for before it writes is asked once, though there are several reasons and an approval answers one.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { guardsFor } from '../../../src/engine/guards.ts';
import { inspectTarget, type Inspected } from '../../../src/engine/inspection.ts';
import type { Target } from '../../../src/engine/target-link.ts';
import type { Approval, HoldReason } from '../../../src/model/holds.ts';
import type { RestoreOrder } from '../../../src/model/order.ts';
import { RekindleError } from '../../../src/model/reasons.ts';
import { emptyReport, report as schema, type Report } from '../../../src/model/report.ts';

const restore = { namespace: 'n', name: 'r', uid: 'u' };
const guards = guardsFor({ largestBatch: 0, served: new Set() });
const order = { restore, existingData: 'Refuse', createTopics: true, guardTarget: true } as unknown as RestoreOrder;

/** The topics by name, as they are now: all of them guarded. */
function targetWith(ids: Readonly<Record<string, string>>): Target {
  const description = (name: string): object => ({ id: ids[name], internal: false, partitions: [] });
  const admin = {
    describe: (names: string[]) => Promise.resolve(new Map(names.map((name) => [name, description(name)]))),
    endOffsets: () => Promise.resolve(new Map()),
    configs: () =>
      Promise.resolve(new Map(Object.entries(guards).map(([name, value]) => [name, { value, source: 'topic' }]))),
  };
  const delivery = {
    transactionalId: 'rekindle-u',
    objection: () => Promise.resolve(null),
    holder: () => Promise.resolve({ producerId: 1, producerEpoch: 1 }),
  };
  return { cluster: { clusterId: 'here' }, admin, delivery } as unknown as Target;
}

/** A restore whose claims are gone, and what another process reads of it next. */
class Attempts {
  report: Report = {
    ...emptyReport(restore, 1, '2026-01-01T00:00:00.000Z'),
    clusterId: 'here',
    topics: ['a', 'b'].map((target) => ({ target, id: `${target}-1`, guards, partitions: [] })),
  };

  async look(ids: Readonly<Record<string, string>>, approved: HoldReason | null): Promise<Inspected | Approval> {
    const approval = approved && { reason: approved, message: 'what was said' };
    const topics = ['a', 'b'].map((name) => ({ name, plans: [] }));
    const { report } = this;
    try {
      return await inspectTarget({ target: targetWith(ids), order, report, topics, earlier: [], approved: approval });
    } catch (error) {
      assert.ok(error instanceof RekindleError);
      return { reason: error.reason as HoldReason, message: error.message };
    } finally {
      this.report = schema.parse(JSON.parse(JSON.stringify(report)));
    }
  }

  /** What it holds for; null once it goes on. */
  async hold(ids: Readonly<Record<string, string>>, approved: HoldReason | null): Promise<string | null> {
    const found = await this.look(ids, approved);
    return 'reason' in found ? found.reason : null;
  }
}

const aReplaced = { a: 'a-2', b: 'b-1' };

test('each of two reasons is agreed to once, and then it goes on as was agreed', async () => {
  const attempts = new Attempts();
  assert.equal(await attempts.hold(aReplaced, null), 'TargetReplaced');
  assert.equal(await attempts.hold(aReplaced, 'TargetReplaced'), 'ClaimMissing');
  assert.equal(await attempts.hold(aReplaced, null), 'ClaimMissing', 'it waits for the answer to this one');
  const found = await attempts.look(aReplaced, 'ClaimMissing');
  assert.ok('anew' in found, JSON.stringify(found));
  assert.deepEqual([found.anew, found.earlier[0]?.topics.map(({ name }) => name)], [['a'], ['b']]);
});

test('nobody has agreed to what was not said then', async () => {
  const attempts = new Attempts();
  assert.equal(await attempts.hold(aReplaced, 'TargetReplaced'), 'ClaimMissing');
  assert.equal(await attempts.hold({ a: 'a-2', b: 'b-2' }, 'ClaimMissing'), 'TargetReplaced', 'another topic is gone');
});
