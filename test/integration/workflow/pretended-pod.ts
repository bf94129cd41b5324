import { setTimeout as sleep } from 'node:timers/promises';
import { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import { Worker } from '@temporalio/worker';
import type { NativeConnection } from '@temporalio/worker';
import type { RestoreActivities } from '../../../activities/contract.ts';
import type { Approval } from '../../../src/model/holds.ts';
import type { PodProgress } from '../../../src/model/pod-progress.ts';
import { jobQueue, podQueue } from '../../../src/model/queues.ts';
import type { World } from './world.ts';

/** Records of the pretended restore; a pod restores 10 of them every 100 ms. */
const total = 300;

/** A pretended pod: a worker on the queues of its Job and of itself. */
export class PretendedPod {
  readonly #world: World;
  readonly #jobUid: string;
  readonly #connection: NativeConnection;
  #workers: Worker[] = [];
  #runs: Promise<unknown>[] = [];
  #dead = false;

  constructor(world: World, jobUid: string, connection: NativeConnection) {
    this.#world = world;
    this.#jobUid = jobUid;
    this.#connection = connection;
  }

  async start(): Promise<void> {
    const { namespace } = this.#world.client.options;
    for (const taskQueue of [jobQueue(this.#jobUid), podQueue(this.#jobUid)]) {
      const activities = this.#activities();
      const options = { maxHeartbeatThrottleInterval: '200ms', shutdownForceTime: '100ms' } as const;
      const worker = await Worker.create({
        connection: this.#connection,
        namespace,
        taskQueue,
        activities,
        ...options,
      });
      this.#workers.push(worker);
      this.#runs.push(worker.run().catch(() => undefined));
    }
  }

  /** From now on it answers nothing, as after SIGKILL. */
  async kill(): Promise<void> {
    if (this.#dead) return;
    this.#dead = true;
    for (const worker of this.#workers) worker.shutdown();
    await Promise.all(this.#runs);
  }

  #activities(): RestoreActivities {
    const world = this.#world;
    const step = async (name: keyof RestoreActivities, approved: Approval | null = null): Promise<void> => {
      Context.current().heartbeat();
      world.asked.push(name);
      await world.faults[name]?.();
      // The dead do not answer; the worker is made to end without this activity.
      if (this.#dead) await new Promise(() => undefined);
      const { hold } = world;
      if (hold?.step !== name) return;
      if (approved?.reason !== hold.reason || approved.message !== hold.message) {
        throw ApplicationFailure.create({ type: hold.reason, message: hold.message, nonRetryable: true });
      }
      world.acted.push(hold.reason);
      world.hold = null;
    };
    const note = (imageId: string | null = null): void => {
      if (imageId !== null) world.images.set(this.#jobUid, imageId);
    };
    const numbers = {
      committedRecords: 0,
      acknowledgedBytes: 0,
      provedRecords: 0,
      totalBytes: 0,
      partitionsDone: 0,
      partitionsTotal: 1,
    };
    const measured = (): PodProgress => ({
      ...numbers,
      acknowledgedRecords: world.records,
      totalRecords: total,
      waiting: null,
      bytesPerSecond: 0,
      at: new Date().toISOString(),
    });
    const claim = { clusterId: 'c', restore: world.ref, transactionalIds: [], producerIds: [], topics: [] };
    return {
      openReport: async ({ errand }) => {
        await step('openReport');
        const found = { epoch: 1, errand: errand === true && world.records > 0, resumedFromRecords: world.records };
        const plan = { totalRecords: total, totalBytes: 0, partitions: 1 };
        return { queue: podQueue(this.#jobUid), podUid: `pod-${this.#jobUid}`, ...found, ...plan };
      },
      preflight: async ({ claims, approved }) => {
        world.known = claims;
        await step('preflight', approved);
        return { findings: world.findings, claim };
      },
      prepareTarget: async ({ approved }) => {
        await step('prepareTarget', approved);
        return claim;
      },
      restoreChunk: async ({ waiting, approved, imageId }) => {
        note(imageId);
        const { cancellationSignal } = Context.current();
        for (let i = 0; i < (waiting ? 1 : 100) && world.records < total; i++) {
          await step('restoreChunk', approved);
          await sleep(100, undefined, { signal: cancellationSignal });
          if (!this.#dead) world.records += 10;
        }
        return { done: world.records >= total, progress: measured() };
      },
      prove: async () => {
        await step('prove');
        return { at: '', records: total, runs: 1, foreign: 0 };
      },
      closeReport: async (closing) => {
        const { as, imageId } = closing;
        note(imageId);
        await step('closeReport');
        if (as === 'Done' && closing.approved?.reason === 'RetentionHeld') world.retained = [];
        world.closings.push(as);
        if ('signals' in closing) world.signals = (closing.signals ?? []).map(({ signal }) => signal);
        const held = world.retained.map((topic) => ({ topic, message: `Topic ${topic} keeps its records.` }));
        const proof = world.records >= total ? { records: total, foreign: 0 } : null;
        return { held, putBack: world.putsBack && as !== 'Paused', proof, progress: measured() };
      },
    };
  }
}
