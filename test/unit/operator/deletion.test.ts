// A Restore that is let go, or given up, says before it is gone what it leaves behind in which topics, and nothing else.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Claims } from '../../../activities/claims.ts';
import type { KubeClient } from '../../../src/kube/client.ts';
import { KubeError } from '../../../src/kube/errors.ts';
import { EventRecorder } from '../../../src/kube/events.ts';
import type { CustomObject, Event, KubeObject } from '../../../src/kube/objects.ts';
import { heldSentence } from '../../../src/model/held-retention.ts';
import type { Observed } from '../../../src/model/observation.ts';
import { apiVersion, restoreFinalizer } from '../../../src/model/resources/names.ts';
import { parseRestore } from '../../../src/model/resources/restore.ts';
import { Deletion } from '../../../src/operator/deletion.ts';
import type { Workflows } from '../../../src/operator/temporal.ts';
import { createLogger, type Logger } from '../../../src/telemetry/log.ts';

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

const former = claimOf('former', 'x', '8');

interface Faults {
  /** The claims cannot be read. */
  readonly claims?: boolean;
  /** Somebody has deleted this Restore's claims. */
  readonly lost?: boolean;
  /** No event can be recorded. */
  readonly events?: boolean;
}

const at = '2026-01-01T00:00:00Z';
const stated = { reason: 'Stated', lastTransitionTime: at, message: sentence };
const guarded = { ...stated, type: 'TargetGuarded' };
const retains = { ...stated, type: 'RetentionHeld' };

/**
 * A deletion of a Restore with these conditions, in a namespace that is being deleted itself. `done` has what it does in the
 * API server (notes, the end of the finalizer), `logged` what it warns of in the log.
 */
function deletionOf(
  conditions: object[],
  faults: Faults,
): { object: CustomObject; deletion: Deletion; done: readonly string[]; logged: readonly string[] } {
  const object = {
    apiVersion,
    kind: 'Restore',
    metadata: {
      ...{ namespace: 'n', name: 'r', uid: 'u', resourceVersion: '1', creationTimestamp: at, deletionTimestamp: at },
      finalizers: [restoreFinalizer],
    },
    spec: { source: 'archive', sink: 'cluster', config: { topics: [{ source: 'orders', target: 'orders-2' }] } },
    status: { phase: 'Done', conditions },
  };
  const done: string[] = [];
  const refusal = (): Promise<never> => Promise.reject(new KubeError(403, 'Forbidden', 'not yours'));
  const kube = {
    get: () => Promise.resolve(object),
    list: () =>
      faults.claims ? refusal() : Promise.resolve(faults.lost ? [former] : [claimOf('u', 'here', '7'), former]),
    create: (_: unknown, { reason, note }: Event) =>
      faults.events ? refusal() : Promise.resolve(void done.push(`${reason}: ${note}`)),
    mergePatch: (_: unknown, __: unknown, { metadata }: { metadata: KubeObject['metadata'] }) =>
      Promise.resolve(void done.push(`finalizers: ${metadata.finalizers?.length}`)),
  } as unknown as KubeClient;
  const events = new EventRecorder({ client: kube, component: 'rekindle.dev/operator', instance: 'test', logger });
  const claims = new Claims(kube, 'rekindle-system');
  const temporal: Pick<Workflows, 'terminate'> = { terminate: () => Promise.resolve() };
  const logged: string[] = [];
  const log = {
    info: () => undefined,
    warn: ({ reason }: { reason?: string }, message: string) => logged.push(`${reason}: ${message}`),
  } as unknown as Logger;
  const deletion = new Deletion({ kube, temporal: temporal as Workflows, claims, events, logger: log });
  return { object, deletion, done, logged };
}

async function letGo(held: 'True' | 'False', faults: Faults = {}): Promise<readonly string[]> {
  const { object, deletion, done } = deletionOf([{ ...retains, status: held }], faults);
  await deletion.attend(parseRestore(object), {} as Observed, 'let go', Date.parse(at));
  return done;
}

/** It has not ended in time. @param isUnderstood whether its status is */
async function giveUp(conditions: object[], isUnderstood = true, faults: Faults = {}): Promise<readonly string[]> {
  const { object, deletion, done } = deletionOf(conditions, faults);
  if (isUnderstood) await deletion.attend(parseRestore(object), {} as Observed, 'signal', Date.parse(at));
  else await deletion.giveUp(object, null);
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

const putBack = /^ConfigurationNotPutBack: .*--entity-name orders --add-config 'retention\.ms=\[7\]'/;
const retention = /^RetentionHeld: .*--entity-name orders --add-config 'retention\.ms=\[7\]'/;
const givenUp: readonly [string, object[], boolean, readonly RegExp[]][] = [
  ['guards topics, as far as is known', [{ ...guarded, status: 'True' }], true, [putBack]],
  ['guards nothing any more: what its owners have set since stays', [], true, []],
  ['guards nothing any more, but retention stays off', [{ ...retains, status: 'True' }], true, [retention]],
  ['says nothing that is understood', [], false, [putBack]],
];
for (const [which, conditions, isUnderstood, notes] of givenUp) {
  test(`given up, a Restore that ${which}: ${notes.length} events of what this very one has found`, async () => {
    const done = await giveUp(conditions, isUnderstood);
    assert.equal(done.length, notes.length + 1, done.join('\n'));
    for (const [i, note] of notes.entries()) assert.match(done[i] ?? '', note);
    assert.equal(done.at(-1), 'finalizers: 0');
  });
}

for (const [which, conditions, , notes] of givenUp.filter(([, , isUnderstood]) => isUnderstood)) {
  test(`with its namespace goes a Restore that ${which}: ${notes.length} warnings in the log, no event`, async () => {
    const { object, deletion, done, logged } = deletionOf(conditions, {});
    assert.ok(await deletion.goesWithNamespace(object));
    assert.equal(logged.length, notes.length, logged.join('\n'));
    for (const [i, note] of notes.entries()) assert.match(logged[i] ?? '', note);
    assert.deepEqual(done, ['finalizers: 0']);
  });
}

const lost = /^ConfigurationNotPutBack: .*claims are gone.*retention\.ms=-1.*--describe.* Its targets: orders-2$/;
test('where its topics are guarded and its claims are gone, what to look for is said, and in which topics', async () => {
  const conditions = [{ ...guarded, status: 'True' }];
  const [event = '', ...more] = await giveUp(conditions, true, { lost: true });
  assert.match(event, lost);
  assert.deepEqual(more, ['finalizers: 0']);
  const { object, deletion, logged } = deletionOf(conditions, { lost: true });
  assert.ok(await deletion.goesWithNamespace(object));
  assert.match(logged.join('\n'), lost);
});

test('claims that cannot be read hold no namespace', async () => {
  const { object, deletion, done } = deletionOf([{ ...guarded, status: 'True' }], { claims: true });
  assert.ok(await deletion.goesWithNamespace(object));
  assert.deepEqual(done, ['finalizers: 0']);
});
