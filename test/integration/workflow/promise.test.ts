// The workflow keeps its promise on a real Temporal server: whatever ends an attempt, the next one goes on, one Job at a time.
import assert from 'node:assert/strict';
import { describe } from 'node:test';
import { ApplicationFailure } from '@temporalio/common';
import { inWorld, type World } from './world.ts';

const killed = { reason: 'PodKilled', message: 'killed', disruption: false, outOfMemory: false };
/** Whether the status says that topics are guarded. */
const guarded = (world: World): string | undefined =>
  world.statuses.at(-1)?.conditions.find(({ type }) => type === 'TargetGuarded')?.status;

const notEmpty = { reason: 'TargetNotEmpty', topic: 'orders', message: 'Topic orders is not empty.' } as const;
const whyNot = (world: World): string | undefined =>
  world.statuses.at(-1)?.conditions.find(({ type }) => type === 'Progressing')?.reason;

const refusal = (type: string): Promise<never> =>
  Promise.reject(ApplicationFailure.create({ type, message: type, nonRetryable: true }));
const away = (): Promise<never> => refusal('KafkaUnreachable');
const outdated = (): Promise<never> => refusal('OrderOutdated');

// They wait for rates and timers most of the time.
describe('the workflow', { concurrency: 4 }, () => {
  inWorld('a Restore that nobody disturbs is done in one attempt', async (world) => {
    await world.tell();
    await world.until('its pod restores', () => world.records > 0);
    await world.tell();
    assert.equal(await world.handle.result(), 'Done');
    assert.equal(world.phase, 'Done');
    assert.equal(world.made.length, 1);
    assert.deepEqual(world.closings, ['Done']);
    const job = world.lastJob();
    assert.deepEqual(world.images, new Map([[job, `sha256:${job}`]]), 'the pod is told which image it runs');
    const phases = world.statuses.map(({ phase }) => phase);
    assert.deepEqual([...new Set(phases)], ['Initializing', 'Restoring', 'Done']);
  });

  inWorld('a Job deleted by a person is followed by a new Job in a new execution, which goes on', async (world) => {
    await world.tell();
    await world.until('half is restored', () => world.records >= 100);
    const before = await world.handle.describe();
    await world.deleteJob(world.lastJob());
    await world.tell();
    await world.until('a second Job', () => world.made.length === 2);
    assert.ok(world.records < 300, 'it did not end before the second Job');
    assert.equal(await world.handle.result(), 'Done');
    assert.notEqual((await world.handle.describe()).runId, before.runId);
    assert.ok((world.statuses.at(-1)?.resumedFrom ?? 0) >= 100);
    assert.equal(world.statuses.at(-1)?.attempt, 2);
  });

  inWorld('a lost pod: the workflow deletes its Job and makes another', async (world) => {
    await world.tell();
    await world.until('half is restored', () => world.records >= 100);
    const first = world.lastJob();
    await world.losePod(first, killed);
    await world.tell();
    assert.equal(await world.handle.result(), 'Done');
    assert.equal(world.made.length, 2);
    assert.equal(world.jobs.has(first), false, 'the first Job is gone');
  });

  inWorld('an observation without the Job is not believed when the API server has the Job', async (world) => {
    const early = world.observed();
    await world.tell();
    await world.until('the pod restores', () => world.records >= 50);
    await world.tell(early);
    await world.tell({ ...early, hash: 'another' });
    assert.equal(await world.handle.result(), 'Done');
    assert.equal(world.made.length, 1);
  });

  inWorld('what is acknowledged is the observation itself, not the hash that somebody gave it', async (world) => {
    world.spec.enabled = false;
    await world.tell({ ...world.observed(), hash: world.observed().hash.replaceAll(/./g, '0') });
    await world.until('acknowledged', async () => {
      const { memo } = await world.handle.describe();
      return memo?.['acknowledged'] === world.observed().hash;
    });
  });

  inWorld(
    'pause by a signal flushes and lets the pod go, outlasts a new execution, and ends with resume',
    async (world) => {
      await world.tell();
      await world.until('half is restored', () => world.records >= 100);
      await world.handle.signal('pause');
      await world.until('paused', () => world.phase === 'Paused');
      assert.deepEqual(world.closings, ['Paused']);
      assert.equal(world.living.length, 0);

      await world.handle.terminate('somebody cleans up');
      await world.tell();
      await world.until('still paused', async () => {
        const description = await world.handle.describe();
        return description.status.name === 'RUNNING' && world.phase === 'Paused' && world.made.length === 1;
      });
      await world.handle.signal('resume');
      assert.equal(await world.handle.result(), 'Done');
      assert.equal(world.made.length, 2);
      assert.deepEqual(world.signals, ['resume'], 'the audit is told what this execution was told');
    },
  );

  inWorld('enabled: false pauses, true goes on', async (world) => {
    await world.tell();
    await world.until('half is restored', () => world.records >= 100);
    world.spec.enabled = false;
    await world.tell();
    await world.until('paused', () => world.phase === 'Paused');
    world.spec.enabled = true;
    await world.tell();
    assert.equal(await world.handle.result(), 'Done');
    assert.equal(world.made.length, 2);
  });

  inWorld(
    'a cancellation closes the execution as cancelled and leaves the Restore paused, for the next one to show',
    async (world) => {
      await world.tell();
      await world.until('half is restored', () => world.records >= 100);
      await world.handle.cancel();
      await world.until('closed', async () => (await world.handle.describe()).status.name === 'CANCELLED');
      assert.equal(world.phase, 'Paused');
      assert.deepEqual(world.closings, ['Paused']);
      await world.tell();
      await world.until('paused again', async () => (await world.handle.describe()).status.name === 'RUNNING');
      assert.equal(world.made.length, 1);
      await world.handle.signal('resume');
      assert.equal(await world.handle.result(), 'Done');
    },
  );

  inWorld('resumed while it is still being said that it was cancelled, it goes on', async (world) => {
    await world.tell();
    await world.until('half is restored', () => world.records >= 100);
    const said = Promise.withResolvers<undefined>();
    world.faults.publishStatus = () => (world.phase === 'Paused' ? said.promise : Promise.resolve());
    await world.handle.cancel();
    await world.until('it is being said', () => world.phase === 'Paused');
    await world.handle.signal('resume');
    said.resolve(undefined);
    await world.until('closed', async () => (await world.handle.describe()).status.name === 'CANCELLED');
    await world.tell();
    assert.equal(await world.handle.result(), 'Done');
  });

  inWorld(
    'paused for so long that its history is long, it is handed to another execution, and paused still',
    async (world) => {
      world.spec.enabled = false;
      await world.tell();
      await world.handle.signal('pause');
      await world.until('it stands still', () => world.phase === 'Ready');
      const { runId } = await world.handle.describe();
      // The stack's server suggests another execution after 1000 events; each signal is one at least. One that goes on and
      // on being signalled is not let go by the server.
      for (let round = 0; round < 11; round++) {
        await Promise.all(Array.from({ length: 100 }, () => world.handle.signal('pause')));
      }
      await world.until('another execution', async () => (await world.handle.describe()).runId !== runId);
      world.spec.enabled = true;
      await world.tell();
      await world.until('it is acknowledged', async () => {
        const { memo } = await world.handle.describe();
        return memo?.['acknowledged'] === world.observed().hash;
      });
      assert.equal(world.made.length, 0);
      await world.handle.signal('resume');
      await world.until('a Job', () => world.made.length === 1);
    },
  );

  inWorld('terminated, it comes back with the same Job', async (world) => {
    await world.tell();
    await world.until('half is restored', () => world.records >= 100);
    await world.handle.terminate('somebody cleans up');
    await world.tell();
    assert.equal(await world.handle.result(), 'Done');
    assert.equal(world.made.length, 1);
  });

  inWorld('a report that is being deleted: no Job is made before its successor is there', async (world) => {
    await world.tell();
    await world.until('half is restored', () => world.records >= 100);
    assert.ok(world.report);
    world.report = { ...world.report, deleting: true };
    await world.tell();
    await world.until('a condition says so', () =>
      (world.statuses.at(-1)?.conditions ?? []).some(
        ({ type, status }) => type === 'PvcTerminating' && status === 'True',
      ),
    );
    assert.equal(world.living.length, 1, 'the deletion alone stops nothing');
    await world.deleteJob(world.lastJob());
    await world.tell();
    await world.until('it waits', () => world.phase === 'Waiting');
    assert.equal(world.made.length, 1);
    world.records = 0;
    world.report = { name: 'orders-report-bbbbb', uid: 'claim-2', deleting: false };
    await world.tell();
    assert.equal(await world.handle.result(), 'Done');
    assert.equal(world.made.length, 2);
    assert.equal(world.statuses.at(-1)?.resumedFrom, 0);
  });

  inWorld('Kafka is not where the order says: once that is corrected, another Job finds it', async (world) => {
    world.faults.preflight = () => (world.made.length === 1 ? away() : Promise.resolve());
    await world.tell();
    await world.until('it waits', () => world.phase === 'Waiting' && whyNot(world) === 'KafkaUnreachable');
    world.outdate(world.lastJob());
    await world.tell();
    assert.equal(await world.handle.result(), 'Done');
    assert.deepEqual([world.made.length, world.closings], [2, ['Paused', 'Done']]);
  });

  inWorld('a pod that does not fetch its work any more is waited for, until it does', async (world) => {
    const fetched = Promise.withResolvers<null>();
    world.faults.prove = async () => {
      await fetched.promise;
    };
    await world.tell();
    await world.until('it is asked for the proof', () => world.asked.includes('prove'));
    world.hinder(world.lastJob(), { reason: 'PodSilent', message: 'm' });
    await world.tell();
    await world.until('it waits', () => world.phase === 'Waiting' && whyNot(world) === 'PodSilent');
    world.hinder(world.lastJob(), null);
    await world.tell();
    await world.until('it is at work again', () => world.phase === 'Restoring');
    fetched.resolve(null);
    assert.equal(await world.handle.result(), 'Done');
    assert.equal(world.made.length, 1);
  });

  inWorld('what its pod does not fetch is seen in Temporal, and so is that it does', async (world) => {
    world.areCutOff = true;
    await world.tell();
    await world.until('its work waits', async () => (await world.described())?.unfetched != null);
    await world.connectPods();
    await world.until('it is at work', () => world.records > 0);
    await world.until('it has fetched its work', async () => (await world.described())?.unfetched === null);
    assert.equal(await world.handle.result(), 'Done');
  });

  inWorld('a Job whose order is not what the Restore says any more is followed by another one', async (world) => {
    world.faults.claimTargets = () => (world.made.length === 1 ? outdated() : Promise.resolve());
    await world.tell();
    assert.equal(await world.handle.result(), 'Done');
    assert.equal(world.made.length, 2);
    assert.deepEqual(world.closings, ['Done'], 'the first has claimed and written nothing');
  });

  inWorld('a pod that was replaced before it opened its report is not taken for a second one', async (world) => {
    const has = (podUid: string): Promise<void> => {
      world.givePod(world.lastJob(), podUid);
      return Promise.resolve();
    };
    world.faults.confirmJob = () => {
      delete world.faults.confirmJob;
      return has('pod-before');
    };
    world.faults.openReport = () => has(`pod-${world.lastJob()}`);
    await world.tell();
    assert.equal(await world.handle.result(), 'Done');
    assert.equal(world.made.length, 1);
  });

  inWorld('a Job that fails by an order which was corrected meanwhile is followed by another one', async (world) => {
    world.faults.openReport = async () => {
      if (world.made.length > 1) return;
      world.outdate(world.lastJob());
      await world.tell();
      await refusal('TopicNotInArchive');
    };
    await world.tell();
    assert.equal(await world.handle.result(), 'Done');
    assert.equal(world.made.length, 2);
    assert.ok(!world.statuses.some(({ phase }) => phase === 'Failed'));
  });

  inWorld(
    'three pods in a row that run out of memory without progress: Failed, and the last Job is kept',
    async (world) => {
      world.faults.prepareTarget = () => new Promise(() => undefined);
      await world.tell();
      for (let attempt = 1; attempt <= 3; attempt++) {
        await world.until(`Job ${attempt}`, () => world.made.length === attempt);
        await world.losePod(world.lastJob(), { ...killed, reason: 'OutOfMemory', outOfMemory: true });
        await world.tell();
      }
      assert.equal(await world.handle.result(), 'Failed');
      assert.equal(world.phase, 'Failed');
      assert.equal(world.jobs.has(world.lastJob()), true);
    },
  );

  inWorld('a Restore that is deleted: the pod puts the configuration back, then the workflow ends', async (world) => {
    await world.tell();
    await world.until('half is restored', () => world.records >= 100);
    world.spec.deleting = true;
    await world.tell();
    assert.equal(await world.handle.result(), 'Deleted');
    assert.deepEqual(world.closings, ['Deleted']);
    assert.equal(world.living.length, 0);
    assert.equal(guarded(world), 'False', 'that is said before it ends');
  });

  inWorld('disabled while its workflow is reset: the Job that it has forgotten leaves all the same', async (world) => {
    await world.tell();
    await world.until('half is restored', () => world.records >= 100);
    await world.resetToBeginning();
    world.spec.enabled = false;
    await world.tell();
    await world.until('nothing is left of it', () => world.phase === 'Paused' && world.living.length === 0);
    world.spec.enabled = true;
    await world.tell();
    assert.equal(await world.handle.result(), 'Done');
    assert.equal(world.made.length, 2);
  });

  inWorld('a Restore that is deleted, whose workflow was reset: what it has forgotten is put back', async (world) => {
    await world.tell();
    await world.until('half is restored', () => world.records >= 100);
    await world.resetToBeginning();
    world.spec.deleting = true;
    await world.tell();
    assert.equal(await world.handle.result(), 'Deleted');
    assert.deepEqual(world.closings, ['Deleted']);
    assert.equal(guarded(world), 'False');
  });

  inWorld(
    'a Restore that is deleted, but Kafka is away: pods come until one has put the configuration back',
    async (world) => {
      await world.tell();
      await world.until('half is restored', () => world.records >= 100);
      world.putsBack = false;
      world.spec.deleting = true;
      await world.tell();
      await world.until('a pod could not', () => world.closings.length === 1);
      assert.equal(guarded(world), 'True');
      world.putsBack = true;
      assert.equal(await world.handle.result(), 'Deleted');
      assert.equal(guarded(world), 'False');
      assert.deepEqual([...new Set(world.closings)], ['Deleted']);
    },
  );

  for (const putsBack of [true, false]) {
    inWorld(
      `a Restore that fails ${putsBack ? 'gives' : 'cannot give'} the topics their configuration back`,
      async (world) => {
        world.putsBack = putsBack;
        world.faults.prove = () =>
          Promise.reject(ApplicationFailure.create({ type: 'SegmentMissing', message: 'gone', nonRetryable: true }));
        await world.tell();
        assert.equal(await world.handle.result(), 'Failed');
        assert.equal(whyNot(world), 'SegmentMissing');
        assert.equal(guarded(world), putsBack ? 'False' : 'True');
      },
    );
  }

  inWorld('a pod that is seen to end while its last numbers are still to be written has said Done', async (world) => {
    const written = Promise.withResolvers<undefined>();
    world.faults.publishProgress = () => written.promise;
    await world.tell();
    await world.until('the report is closed', () => world.closings.length === 1);
    await world.endPod(world.lastJob());
    await world.tell();
    await world.until('the workflow knows', async () => {
      const { memo } = await world.handle.describe();
      return memo?.['acknowledged'] === world.observed().hash;
    });
    written.resolve(undefined);
    assert.equal(await world.handle.result(), 'Done');
    assert.deepEqual([world.made.length, world.jobs.size], [1, 1], 'one Job, which is kept');
  });

  inWorld(
    'what preflight finds fails the Restore by its name; its Job stays, for a person to delete',
    async (world) => {
      world.findings = [notEmpty];
      await world.tell();
      assert.equal(await world.handle.result(), 'Failed');
      assert.equal(whyNot(world), 'TargetNotEmpty');
      assert.deepEqual(world.closings, ['Failed']);
      assert.equal(world.jobs.has(world.lastJob()), true);
    },
  );
});
