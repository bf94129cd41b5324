// What cannot speak for itself, a pod that fetches no work and a workflow that takes nothing, is spoken of once that has lasted,
// and not for what went on while Temporal was away.
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import type { KubeClient } from '../../../src/kube/client.ts';
import { kinds } from '../../../src/kube/objects.ts';
import type { Kind, KubeObject } from '../../../src/kube/objects.ts';
import { jobUidLabel, restoreUidLabel } from '../../../src/model/children.ts';
import { findCondition } from '../../../src/model/conditions.ts';
import type { Observation, Observed } from '../../../src/model/observation.ts';
import type { Phase } from '../../../src/model/phase.ts';
import { apiVersion, restoreFinalizer } from '../../../src/model/resources/names.ts';
import { restoreStatus } from '../../../src/model/resources/restore-status.ts';
import type { DescribedWorkflow } from '../../../src/operator/described-workflow.ts';
import { Restores, type RestoresOptions } from '../../../src/operator/restores.ts';
import { TemporalTrouble } from '../../../src/operator/temporal.ts';
import { createLogger } from '../../../src/telemetry/log.ts';

const logger = createLogger();
logger.level = 'silent';

const creationTimestamp = '2026-01-01T00:00:00Z';
const metadata = { namespace: 'ns', resourceVersion: '1', creationTimestamp };
const ownerReferences = [{ apiVersion, kind: 'Restore', name: 'r', uid: 'u' }];
const labels = { [restoreUidLabel]: 'u', [jobUidLabel]: 'j' };
const job = { metadata: { ...metadata, name: 'r-1', uid: 'j', labels, ownerReferences } };
const pod = {
  metadata: { ...metadata, name: 'r-1-pod', uid: 'p', labels },
  spec: { containers: [{ name: 'restore' }] },
  status: { phase: 'Running', containerStatuses: [{ name: 'restore', state: { running: {} } }] },
};
const step = { namespace: 'default', taskQueue: 'q', served: 'q' };

/** A Restore whose Job has a pod that runs, and whose workflow is open: what Temporal says of it, a test decides. */
class World {
  described: Pick<DescribedWorkflow, 'unfetched' | 'due'> = { unfetched: null, due: null };
  /** Whether the workflow takes what it is told. */
  hears = true;
  /** Temporal takes no signal any more for this execution. */
  refuses = false;
  /** Signals that Temporal was given. */
  told = 0;
  seen: Observation | null = null;
  #acknowledged = '';
  #away = false;
  readonly #clock: TestContext['mock']['timers'];
  readonly #restores: Restores;
  readonly #restore: { status: { phase: Phase; conditions: object[] } } & KubeObject;

  constructor({ mock }: TestContext, phase: Phase = 'Restoring') {
    mock.timers.enable({ apis: ['Date'] });
    this.#clock = mock.timers;
    this.#restore = {
      ...{ apiVersion, kind: 'Restore', status: { phase, conditions: [] } },
      metadata: { ...metadata, name: 'r', uid: 'u', finalizers: [restoreFinalizer] },
      ...{ spec: { source: 's', sink: 'k', enabled: true, config: { topics: [{ source: 'a', target: 'b' }] } } },
    };
    const none = { get: () => null, in: () => [] };
    const cluster = {
      ...{ storages: none, eventHubs: none, credentials: none, pvcs: none, hasListed: () => true },
      ...{ restores: { get: () => this.#restore }, jobs: { in: () => [job] }, pods: { in: () => [pod] } },
    };
    const kube = {
      get: (kind: Kind<KubeObject>) => Promise.resolve(kind === kinds.Restore ? this.#restore : null),
      mergePatch: () => Promise.resolve(this.#restore),
      apply: (_: unknown, { status }: { status: World['status'] }) => Promise.resolve((this.#restore.status = status)),
    };
    const temporal = {
      describe: () => (this.#away ? Promise.reject(new TemporalTrouble('TemporalUnreachable', 'm')) : this.#describe()),
      signal: (_: unknown, { hash, observation }: Observed) => {
        if (this.refuses) return Promise.reject(new TemporalTrouble('TemporalRefused', 'm'));
        this.told += 1;
        this.seen = observation;
        if (this.hears) this.#acknowledged = hash;
        return Promise.resolve();
      },
    };
    const options = { cluster, temporal, kube: kube as unknown as KubeClient, logger, lookAgain: () => undefined };
    this.#restores = new Restores(options as unknown as RestoresOptions);
  }

  get status(): { phase: Phase; conditions: object[] } {
    return this.#restore.status;
  }

  /** Why the Restore does not go on, as its status says. */
  get why(): string | undefined {
    return findCondition(restoreStatus.parse(this.status).conditions, 'Progressing')?.reason;
  }

  /** The status says this already, as an operator before this one has told the workflow. */
  says(reason: string, message: string): void {
    const condition = { type: 'Progressing', status: 'False', observedGeneration: 1 };
    this.status.conditions = [{ ...condition, reason, message, lastTransitionTime: creationTimestamp }];
  }

  get hindered(): string | undefined {
    return this.seen?.jobs[0]?.hindered?.reason;
  }

  /** Some seconds pass, then the operator looks. */
  async lookAfter(seconds: number): Promise<void> {
    this.#clock.tick(seconds * 1_000);
    await this.#restores.look('ns', 'r');
  }

  /** As before, while Temporal does not answer. */
  async awayFor(seconds: number): Promise<void> {
    this.#away = true;
    await this.lookAfter(seconds);
    this.#away = false;
  }

  #describe(): Promise<DescribedWorkflow> {
    const execution = { open: true, completed: false, closedAt: null, acknowledged: this.#acknowledged };
    return Promise.resolve({ execution, progress: null, ...this.described });
  }
}

test('a pod that does not fetch its work is told of after 30 s, until it does', async (t) => {
  const world = new World(t);
  world.described = { unfetched: '1/1', due: null };
  await world.lookAfter(0);
  await world.lookAfter(29);
  assert.equal(world.hindered, undefined);
  await world.lookAfter(1);
  assert.equal(world.hindered, 'PodSilent');
  world.described = { unfetched: null, due: null };
  await world.lookAfter(3);
  assert.equal(world.hindered, undefined);
});

test('what the status says of a pod already, a new leader goes on saying, until the pod fetches its work', async (t) => {
  const world = new World(t);
  world.says('PodSilent', 'Pod r-1-pod runs, but has not fetched its work');
  world.described = { unfetched: '2/1', due: null };
  await world.lookAfter(0);
  assert.equal(world.hindered, 'PodSilent');
  await world.awayFor(3);
  await world.lookAfter(1);
  assert.equal(world.hindered, 'PodSilent');
  world.described = { unfetched: null, due: null };
  await world.lookAfter(3);
  assert.equal(world.hindered, undefined);
});

for (const [what, reason, name] of [
  ['another pod', 'PodSilent', 'r-0-pod'],
  ['something else of it', 'PodHindered', 'r-1-pod'],
] as const) {
  test(`what the status says of ${what} accuses nobody`, async (t) => {
    const world = new World(t);
    world.says(reason, `Pod ${name} runs, but has not fetched its work`);
    world.described = { unfetched: '1/1', due: null };
    await world.lookAfter(0);
    assert.equal(world.hindered, undefined);
  });
}

test('a pod that fetches its work, and then other work, or works on it for long, is not told of', async (t) => {
  const world = new World(t);
  for (const unfetched of ['1/1', '2/1', '3/1', null, null, null]) {
    world.described = { unfetched, due: null };
    await world.lookAfter(20);
  }
  assert.equal(world.hindered, undefined);
});

test('what a pod did not fetch while Temporal was away is not held against it', async (t) => {
  const world = new World(t);
  world.described = { unfetched: '1/1', due: null };
  await world.lookAfter(0);
  await world.awayFor(20);
  await world.lookAfter(20);
  await world.lookAfter(20);
  assert.equal(world.hindered, undefined);
});

test('a workflow that takes nothing is told of after 60 s, and says anew where it stands once it takes it', async (t) => {
  const world = new World(t);
  world.hears = false;
  world.described = { unfetched: null, due: step };
  await world.lookAfter(0);
  await world.lookAfter(59);
  assert.equal(world.why, undefined);
  await world.lookAfter(1);
  assert.deepEqual([world.status.phase, world.why], ['Waiting', 'WorkflowSilent']);
  world.hears = true;
  world.described = { unfetched: null, due: null };
  await world.lookAfter(3);
  assert.equal(world.seen?.overwritten, true);
});

test('it is told nothing more from then on, for Temporal takes only so many signals', async (t) => {
  const world = new World(t);
  world.hears = false;
  world.described = { unfetched: null, due: step };
  for (const seconds of [0, 60]) await world.lookAfter(seconds);
  const { told } = world;
  for (let looks = 0; looks < 100; looks += 1) await world.lookAfter(11);
  assert.deepEqual([world.told, world.why], [told, 'WorkflowSilent']);
});

test('one for which Temporal takes no signals any more is told of all the same', async (t) => {
  const world = new World(t);
  world.refuses = true;
  world.described = { unfetched: null, due: step };
  for (const seconds of [0, 30, 30, 30]) await world.lookAfter(seconds);
  assert.equal(world.why, 'WorkflowSilent');
});

test('a workflow that has something to do and is told nothing new is not told of', async (t) => {
  const world = new World(t);
  world.described = { unfetched: null, due: step };
  for (const seconds of [0, 60, 60]) await world.lookAfter(seconds);
  assert.equal(world.why, undefined);
});

test('nor is one that does its steps, and takes something else than it was told, as of another version', async (t) => {
  const world = new World(t);
  world.hears = false;
  for (const due of [step, null, step, null]) {
    world.described = { unfetched: null, due };
    await world.lookAfter(40);
  }
  assert.equal(world.why, undefined);
});

test('nor one that was told nothing while Temporal was away', async (t) => {
  const world = new World(t);
  world.hears = false;
  world.described = { unfetched: null, due: step };
  await world.lookAfter(0);
  await world.awayFor(1);
  await world.lookAfter(58);
  await world.lookAfter(3);
  assert.equal(world.why, undefined);
});

test('an end stays an end', async (t) => {
  const world = new World(t, 'Done');
  world.hears = false;
  world.described = { unfetched: null, due: step };
  for (const seconds of [0, 60, 60]) await world.lookAfter(seconds);
  assert.deepEqual([world.status.phase, world.why], ['Done', undefined]);
});
