// The workflow holds until a person agrees: what was asked before is acted on once, whatever becomes of pod, Job and
// execution meanwhile, and only what was acted on is taken away.
import assert from 'node:assert/strict';
import { describe } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { ApplicationFailure } from '@temporalio/common';
import { answerTo } from '../../../src/model/answers.ts';
import { inWorld, type World } from './world.ts';

const inUse = { step: 'preflight', reason: 'TargetInUse', message: 'Others have written.' } as const;
const reset = { step: 'prepareTarget', reason: 'ResetNeedsApproval', message: 'It would delete 5 records.' } as const;
const reverted = { step: 'restoreChunk', reason: 'GuardReverted', message: 'retention.ms is 1, not -1.' } as const;

function condition(world: World, type: string): { reason: string; message: string } | undefined {
  return world.status.conditions.find((c) => c.type === type && c.status === 'True');
}

const untilHeld = (world: World, message: string): Promise<void> =>
  world.until(`held: ${message}`, () => world.phase === 'Waiting' && condition(world, 'Held')?.message === message);

async function answer(world: World, approve: string | null): Promise<void> {
  world.approve = approve;
  await world.tell();
}

/** Done, the answer taken away, and nothing held any more. */
async function isDone(world: World, acted: string[]): Promise<void> {
  assert.equal(await world.handle.result(), 'Done');
  assert.deepEqual(world.acted, acted);
  assert.equal(world.approve, null);
  assert.deepEqual([condition(world, 'Held'), condition(world, 'ApprovalIgnored')], [undefined, undefined]);
}

describe('the workflow holds', { concurrency: 4 }, () => {
  for (const hold of [inUse, reset, reverted]) {
    inWorld(`${hold.reason}, until a person agrees`, async (world) => {
      world.hold = hold;
      await world.tell();
      await untilHeld(world, hold.message);
      const why = world.status.conditions.find(({ type }) => type === 'Progressing');
      assert.equal(why?.reason, hold.reason);
      const { namespace, name } = world.ref;
      const command = `kubectl -n ${namespace} annotate restore.rekindle.dev ${name} --overwrite rekindle.dev/approve=${answerTo(hold)}`;
      assert.ok(why.message.startsWith(hold.message) && why.message.endsWith(command), why.message);

      await world.tell();
      await answer(world, answerTo(hold));
      await isDone(world, [hold.reason]);
      assert.equal(world.made.length, 1);
    });
  }

  inWorld('what lasts for hours, until it is put right without an answer', async (world) => {
    world.hold = reverted;
    await world.tell();
    await untilHeld(world, reverted.message);
    world.hold = null;
    await isDone(world, []);
  });

  inWorld('a claim that was gone, until it is brought back: the pod is told of it', async (world) => {
    world.hold = { step: 'preflight', reason: 'ClaimMissing', message: 'The claim is gone.' };
    await world.tell();
    await untilHeld(world, 'The claim is gone.');
    const claim = { clusterId: 'c', restore: world.ref, transactionalIds: [], producerIds: [7], topics: [] };
    world.claims = [claim];
    world.hold = null;
    await isDone(world, []);
    assert.deepEqual(world.known, [claim]);
  });

  inWorld(
    'an answer that stood there before does not count: it is said, left, and good once it is given anew',
    async (world) => {
      world.approve = 'TargetInUse';
      world.hold = inUse;
      await world.tell();
      await untilHeld(world, inUse.message);
      await world.tell();
      await world.until('that is said', () => condition(world, 'ApprovalIgnored')?.reason === 'GivenBefore');
      await sleep(3_000);
      assert.deepEqual([world.acted, world.approve], [[], 'TargetInUse']);

      const command = condition(world, 'ApprovalIgnored')?.message ?? '';
      await answer(world, /approve=(\S+)$/.exec(command)?.[1] ?? '');
      await isDone(world, ['TargetInUse']);
    },
  );

  inWorld('an answer that only a picture of it has, which anybody may have sent, is not acted on', async (world) => {
    world.hold = reset;
    await world.tell();
    await untilHeld(world, reset.message);
    world.isForged = true;
    const asked = world.asked.length;
    await answer(world, answerTo(reset));
    await world.until('asked again, twice', () => world.asked.length > asked + 1);
    assert.deepEqual(world.acted, []);
    world.isForged = false;
    await isDone(world, [reset.reason]);
  });

  inWorld('an answer to something else is said and left', async (world) => {
    world.hold = inUse;
    await world.tell();
    await untilHeld(world, inUse.message);
    await answer(world, 'yes');
    await world.until('that is said', () => condition(world, 'ApprovalIgnored')?.reason === 'NotHeld');
    await answer(world, 'TargetInUse');
    await isDone(world, ['TargetInUse']);
  });

  inWorld('what was agreed to is not what is found now: it asks anew', async (world) => {
    world.hold = reset;
    await world.tell();
    await untilHeld(world, reset.message);
    const more = { ...reset, message: 'It would delete 6 records.' };
    world.hold = more;
    await answer(world, answerTo(reset));
    await untilHeld(world, more.message);
    assert.deepEqual([world.acted, world.approve], [[], answerTo(reset)]);
    await world.until('that is said', () => condition(world, 'ApprovalIgnored')?.reason === 'OtherWords');
    await answer(world, answerTo(more));
    await isDone(world, [reset.reason]);
  });

  inWorld('an answer that comes while there is no pod counts for the next one', async (world) => {
    world.hold = reset;
    await world.tell();
    await untilHeld(world, reset.message);
    await world.tell();
    await world.deleteJob(world.lastJob());
    await answer(world, answerTo(reset));
    await isDone(world, [reset.reason]);
    assert.equal(world.made.length, 2);
  });

  for (const [way, strike] of [
    ['terminated', (world: World) => world.handle.terminate('somebody cleans up')],
    ['reset to its beginning', (world: World) => world.resetToBeginning()],
  ] as const) {
    inWorld(`the workflow is ${way} while it holds, and an answer has come: it counts`, async (world) => {
      world.hold = reset;
      await world.tell();
      await untilHeld(world, reset.message);
      await world.tell();
      await strike(world);
      await answer(world, answerTo(reset));
      await isDone(world, [reset.reason]);
    });
  }

  inWorld(
    'acted on, but not taken away yet when the pod was lost: the next one takes it away and asks nothing',
    async (world) => {
      let tries = 0;
      world.faults.removeApproval = () =>
        ++tries < 3 ? Promise.reject(new Error('the API server is away')) : Promise.resolve();
      world.hold = reverted;
      await world.tell();
      await untilHeld(world, reverted.message);
      await answer(world, reverted.reason);
      await world.until('acted on', () => world.acted.length === 1);
      await world.deleteJob(world.lastJob());
      await world.tell();
      await isDone(world, [reverted.reason]);
    },
  );

  inWorld(
    'paused while it holds, it holds again afterwards, and the answer that came meanwhile counts',
    async (world) => {
      world.hold = inUse;
      await world.tell();
      await untilHeld(world, inUse.message);
      await world.handle.signal('pause');
      await world.until('paused', () => world.phase === 'Paused');
      await answer(world, inUse.reason);
      await world.handle.signal('resume');
      await isDone(world, [inUse.reason]);
    },
  );

  inWorld('a topic that another Restore has claimed is waited for', async (world) => {
    world.isClaimed = true;
    await world.tell();
    await world.until('it waits', () => world.phase === 'Waiting');
    assert.equal(world.status.conditions.find(({ type }) => type === 'Progressing')?.reason, 'TargetClaimed');
    world.isClaimed = false;
    await isDone(world, []);
    assert.equal(world.made.length, 1);
  });

  inWorld(
    'retention that is held when all is done: an errand gives it back, and nothing else is done',
    async (world) => {
      world.retained = ['orders'];
      await world.tell();
      assert.equal(await world.handle.result(), 'Done');
      assert.match(condition(world, 'RetentionHeld')?.message ?? '', /keeps its records\..*approve=RetentionHeld$/);

      await world.endPod(world.lastJob());
      const before = world.asked.length;
      await answer(world, 'RetentionHeld');
      await isDone(world, []);
      assert.deepEqual(world.asked.slice(before), ['openReport', 'closeReport']);
      assert.deepEqual([world.phase, condition(world, 'RetentionHeld')], ['Done', undefined]);
      assert.ok(condition(world, 'Proven'), 'what was proved stays proved');
      assert.equal(world.status.attempt, 2);
    },
  );

  inWorld('an errand begins though something goes on beside the container that has restored', async (world) => {
    world.retained = ['orders'];
    await world.tell();
    assert.equal(await world.handle.result(), 'Done');
    await world.endContainer(world.lastJob());
    const before = world.asked.length;
    await answer(world, 'RetentionHeld');
    await isDone(world, []);
    assert.deepEqual(world.asked.slice(before), ['openReport', 'closeReport']);
    assert.equal(world.made.length, 2);
    assert.equal(world.status.errand, false);
  });

  inWorld('terminated on its errand, it comes back to do the errand, and nothing else', async (world) => {
    world.retained = ['orders'];
    await world.tell();
    assert.equal(await world.handle.result(), 'Done');
    await world.endPod(world.lastJob());
    const before = world.asked.length;
    world.faults.closeReport = () => Promise.reject(new Error('the report is not to be written'));
    await answer(world, 'RetentionHeld');
    await world.until('under way', () => world.asked.slice(before).includes('closeReport'));
    await world.handle.terminate('somebody cleans up');
    delete world.faults.closeReport;
    await world.tell();
    await isDone(world, []);
    assert.deepEqual([...new Set(world.asked.slice(before))], ['openReport', 'closeReport']);
    assert.equal(world.status.attempt, 2);
    assert.equal(world.status.errand, false);
  });

  inWorld('an errand that Kafka keeps waiting is over once nobody asks for it any more', async (world) => {
    world.retained = ['orders'];
    await world.tell();
    assert.equal(await world.handle.result(), 'Done');
    await world.endPod(world.lastJob());
    world.faults.closeReport = () =>
      world.approve === null
        ? Promise.resolve()
        : Promise.reject(ApplicationFailure.create({ type: 'KafkaUnreachable', message: 'away', nonRetryable: true }));
    await answer(world, 'RetentionHeld');
    await world.until('it waits', () => world.phase === 'Waiting');
    await answer(world, null);
    await isDone(world, []);
    assert.ok(condition(world, 'RetentionHeld'), 'nothing was given back');
  });

  inWorld('an errand whose pod finds that nothing is restored any more restores all of it', async (world) => {
    world.retained = ['orders'];
    await world.tell();
    assert.equal(await world.handle.result(), 'Done');
    await world.endPod(world.lastJob());
    world.records = 0;
    const before = world.asked.length;
    await answer(world, 'RetentionHeld');
    await isDone(world, []);
    const steps = ['openReport', 'preflight', 'prepareTarget', 'restoreChunk', 'prove', 'closeReport'];
    assert.deepEqual([...new Set(world.asked.slice(before))], steps);
    assert.ok(world.records > 0);
  });

  inWorld('that retention may delete can be agreed to while it restores', async (world) => {
    world.retained = ['orders'];
    await answer(world, 'RetentionHeld');
    await isDone(world, []);
    assert.equal(condition(world, 'RetentionHeld'), undefined);
  });
});
