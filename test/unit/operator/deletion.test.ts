// A Restore that is let go while topics keep its retention says so before it is gone; nothing holds it for that.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Claims } from '../../../activities/claims.ts';
import type { KubeClient } from '../../../src/kube/client.ts';
import { KubeError } from '../../../src/kube/errors.ts';
import { EventRecorder } from '../../../src/kube/events.ts';
import type { Event, KubeObject } from '../../../src/kube/objects.ts';
import { heldSentence } from '../../../src/model/held-retention.ts';
import type { Observed } from '../../../src/model/observation.ts';
import { apiVersion, restoreFinalizer } from '../../../src/model/resources/names.ts';
import { parseRestore } from '../../../src/model/resources/restore.ts';
import { Deletion } from '../../../src/operator/deletion.ts';
import type { Workflows } from '../../../src/operator/temporal.ts';
import { createLogger } from '../../../src/telemetry/log.ts';

const logger = createLogger();
logger.level = 'silent';

const sentence = heldSentence('orders', { ms: 7, bytes: -1 });
const claimOf = (uid: string, clusterId: string, ms: string): object => {
  const claimed = {
    name: 'orders',
    id: 'id',
    createdByUs: false,
    emptyAtStart: true,
    finalConfigs: { 'retention.ms': ms },
  };
  const restore = { namespace: 'n', name: 'r', uid };
  const claim = { clusterId, restore, transactionalIds: [], producerIds: [], topics: [claimed] };
  return { data: { 'claim.json': JSON.stringify(claim) } };
};

interface Faults {
  /** The claims cannot be read. */
  readonly claims?: boolean;
  /** No event can be recorded. */
  readonly events?: boolean;
}

/** @returns what was done in the API server, in its order: notes of events, and the end of the finalizer */
async function letGo(held: 'True' | 'False', faults: Faults = {}): Promise<string[]> {
  const condition = { type: 'RetentionHeld', status: held, reason: 'RetentionWouldDelete', message: sentence };
  const at = '2026-01-01T00:00:00Z';
  const object = {
    apiVersion,
    kind: 'Restore',
    metadata: {
      ...{ namespace: 'n', name: 'r', uid: 'u', resourceVersion: '1', creationTimestamp: at, deletionTimestamp: at },
      finalizers: [restoreFinalizer],
    },
    spec: { source: 'archive', sink: 'cluster' },
    status: { phase: 'Done', conditions: [{ ...condition, lastTransitionTime: at }] },
  };
  const done: string[] = [];
  const refusal = (): Promise<never> => Promise.reject(new KubeError(403, 'Forbidden', 'not yours'));
  const kube = {
    get: () => Promise.resolve(object),
    list: () => (faults.claims ? refusal() : Promise.resolve([claimOf('u', 'here', '7'), claimOf('former', 'x', '8')])),
    create: (_: unknown, { reason, note }: Event) =>
      faults.events ? refusal() : Promise.resolve(void done.push(`${reason}: ${note}`)),
    mergePatch: (_: unknown, __: unknown, { metadata }: { metadata: KubeObject['metadata'] }) =>
      Promise.resolve(void done.push(`finalizers: ${metadata.finalizers?.length}`)),
  } as unknown as KubeClient;
  const events = new EventRecorder({ client: kube, component: 'rekindle.dev/operator', instance: 'test', logger });
  const claims = new Claims(kube, 'rekindle-system');
  const deletion = new Deletion({ kube, temporal: {} as Workflows, claims, events, logger });
  await deletion.attend(parseRestore(object), {} as Observed, 'let go', Date.parse(at));
  return done;
}

test('each topic is named before the finalizer is taken away, with the command for what this Restore has found', async () => {
  const [event = '', end, ...more] = await letGo('True');
  assert.ok(event.startsWith(`RetentionHeld: ${sentence} `), event);
  assert.match(event, /--entity-name orders --add-config 'retention\.ms=\[7\]' --delete-config retention\.bytes$/);
  assert.deepEqual([end, more], ['finalizers: 0', []]);
});

test('where nothing is held, nothing is said', async () => {
  assert.deepEqual(await letGo('False', { claims: true }), ['finalizers: 0']);
});

test('claims that cannot be read, and events that are refused, hold nobody', async () => {
  assert.deepEqual(await letGo('True', { claims: true }), [`RetentionHeld: ${sentence}`, 'finalizers: 0']);
  assert.deepEqual(await letGo('True', { events: true }), ['finalizers: 0']);
});
