// A Restore's pod gets what it needs and nothing else: no token, no root, no value of a Secret; and a Restore that cannot be
// resolved is refused with a sentence that names what is wrong.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { parse } from 'yaml';
import { attemptJobName, jobManifest, stopAtAnnotation } from '../../../activities/job-manifest.ts';
import type { Job } from '../../../src/kube/objects.ts';
import type { RestoreOrder } from '../../../src/model/order.ts';
import { RekindleError } from '../../../src/model/reasons.ts';
import { parseCredentials } from '../../../src/model/resources/credentials.ts';
import { parseEventHub } from '../../../src/model/resources/event-hub.ts';
import { randomIdLength, reportPvcName } from '../../../src/model/resources/names.ts';
import { parseRestore } from '../../../src/model/resources/restore.ts';
import type { Restore } from '../../../src/model/resources/restore.ts';
import { parseStorage } from '../../../src/model/resources/storage.ts';
import { resolve, storageClaimName } from '../../../src/model/resolve.ts';
import type { References } from '../../../src/model/resolve.ts';

type PodSpec = NonNullable<NonNullable<Job['spec']>['template']['spec']>;

const metadata = (name: string): object => ({
  name,
  namespace: 'ns',
  uid: `uid-${name}`,
  resourceVersion: '1',
  creationTimestamp: '2026-01-01T00:00:00Z',
});
const apiVersion = 'rekindle.dev/v1alpha1';
const restoreWith = (spec: object = {}): Restore =>
  parseRestore({
    apiVersion,
    kind: 'Restore',
    metadata: metadata('orders'),
    spec: { source: 'archive', sink: 'kafka', config: { topics: [{ source: 'a', target: 'b' }] }, ...spec },
  });
const bucket = { s3: { bucket: 'archives', prefix: '/daily/', endpoint: 'http://s3' } };
const storageWith = (spec: object): ReturnType<typeof parseStorage> =>
  parseStorage({ apiVersion, kind: 'Storage', metadata: metadata('archive'), spec });
const from = (name: string, key: string): object => ({ secretKeyRef: { name, key } });
const references = (storage: object = bucket): References => ({
  storage: (name) => (name === 'archive' ? storageWith(storage) : null),
  eventHub: (name) =>
    name === 'kafka'
      ? parseEventHub({
          apiVersion,
          kind: 'EventHub',
          metadata: metadata('kafka'),
          spec: { kafka: { properties: { 'bootstrap.servers': 'k:9092' } } },
        })
      : null,
  credentials: (name) =>
    name === 's3'
      ? parseCredentials({
          apiVersion,
          kind: 'Credentials',
          metadata: metadata('s3'),
          spec: { aws: { accessKeyIdFrom: from('secret', 'id'), secretAccessKeyFrom: from('secret', 'key') } },
        })
      : null,
});
const settings = {
  image: 'rekindle:1',
  serviceAccount: 'rekindle-restore',
  temporalAddress: 't:7233',
  temporalNamespace: 'default',
  logLevel: 'info',
  obeysStopAt: false,
};
const volumes = { report: { name: 'orders-report-abcde', uid: 'claim-1' }, order: 'orders-aaaaa-order-bbbbb' };
const withKeys = { sourceCredentialsFrom: { credentialsRef: { name: 's3' } } };

test('the pod runs without a token, without root, on a root file system that it cannot write', () => {
  const restore = restoreWith();
  const pod = jobManifest(restore, 1, volumes, resolve(restore, references()), settings).spec?.template.spec;
  assert.ok(pod);
  assert.equal(pod.automountServiceAccountToken, false);
  assert.equal(pod.restartPolicy, 'Never');
  assert.equal(pod.securityContext?.runAsNonRoot, true);
  assert.deepEqual(pod.containers[0]?.securityContext, {
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ['ALL'] },
  });
});

test('keys of a bucket come by reference, and stand nowhere else', () => {
  const restore = restoreWith(withKeys);
  const resolved = resolve(restore, references());
  const env = jobManifest(restore, 1, volumes, resolved, settings).spec?.template.spec?.containers[0]?.env ?? [];
  assert.deepEqual(
    env.find(({ name }) => name === 'AWS_SECRET_ACCESS_KEY'),
    {
      name: 'AWS_SECRET_ACCESS_KEY',
      valueFrom: { secretKeyRef: { name: 'secret', key: 'key' } },
    },
  );
  assert.doesNotMatch(JSON.stringify(resolved.order), /secret/i);
});

test('a volume Storage is mounted, and cannot be written', () => {
  const restore = restoreWith();
  const resolved = resolve(restore, references({ volume: { capacity: '1Gi' } }));
  assert.deepEqual(resolved.order.source, { kind: 'file', path: '/kannika/storage' });
  const pod = jobManifest(restore, 1, volumes, resolved, settings).spec?.template.spec;
  const claims = pod?.volumes?.map(({ persistentVolumeClaim }) => persistentVolumeClaim?.claimName);
  assert.deepEqual(claims, [undefined, 'orders-report-abcde', 'archive']);
  const mount = pod?.containers[0]?.volumeMounts?.find(({ mountPath }) => mountPath === '/kannika/storage');
  assert.equal(mount?.readOnly, true);
});

test('the pod of docs/volumes.md has claims and keys where the pod of a Job has them, and is nobody else', async () => {
  const text = await readFile(new URL('../../../docs/volumes.md', import.meta.url), 'utf8');
  const { spec } = parse(/^```yaml\n(.*?)^```$/ms.exec(text)?.[1] ?? '') as { spec: PodSpec };
  const podFor = (of: object, storage: object): PodSpec => {
    const restore = restoreWith(of);
    const pod = jobManifest(restore, 1, volumes, resolve(restore, references(storage)), settings).spec?.template.spec;
    return pod ?? assert.fail('it has no pod');
  };
  const [ofVolume, ofBucket] = [podFor({}, { volume: { capacity: '1Gi' } }), podFor(withKeys, bucket)];
  assert.deepEqual(spec.securityContext, ofVolume.securityContext);
  assert.deepEqual(spec.containers[0]?.securityContext, ofVolume.containers[0]?.securityContext);
  const claims = claimsOf(spec);
  assert.deepEqual([...claims.keys()], [...claimsOf(ofVolume).keys()]);
  const [report = '', storage] = claims.values();
  assert.equal(report, reportPvcName('orders', report.slice(-randomIdLength)));
  assert.equal(storage, storageClaimName('archive'));
  const keys = keysOf(spec);
  assert.equal(keys.length, 2);
  assert.deepEqual(keys, keysOf(ofBucket));
});

/** Names of volume claims by where they are mounted. */
function claimsOf({ containers, volumes = [] }: PodSpec): Map<string, string> {
  const mounts = (containers[0]?.volumeMounts ?? []).map(({ name, mountPath }): [string, string] => {
    const volume = volumes.find((candidate) => candidate.name === name);
    return [mountPath, volume?.persistentVolumeClaim?.claimName ?? ''];
  });
  return new Map(mounts.filter(([, claim]) => claim !== ''));
}

const keysOf = ({ containers }: PodSpec): string[] =>
  (containers[0]?.env ?? []).filter(({ valueFrom }) => valueFrom?.secretKeyRef).map(({ name }) => name);

test('keys for a volume, which would have no effect, are refused', () => {
  const of = restoreWith(withKeys);
  assert.throws(() => resolve(of, references({ volume: { capacity: '1Gi' } })), {
    reason: 'InvalidConfiguration',
    message: /^spec\.sourceCredentialsFrom: Storage archive is a volume, .* Leave them out\.$/,
  });
  const started = { ...of, status: { ...of.status, startTime: '2026-01-01T00:00:00Z' } };
  assert.ok(
    resolve(started, references({ volume: { capacity: '1Gi' } })),
    'what has started cannot be changed any more',
  );
});

test('a pod that is to kill itself is not the first process of its namespace: the kernel would not let it', () => {
  const restore = restoreWith();
  const annotated = { ...restore, metadata: { ...restore.metadata, annotations: { [stopAtAnnotation]: 'committed' } } };
  const podOf = (of: Restore, obeysStopAt = true): object =>
    jobManifest(of, 1, volumes, resolve(of, references()), { ...settings, obeysStopAt }).spec?.template.spec ?? {};
  assert.partialDeepStrictEqual(podOf(annotated), { shareProcessNamespace: true });
  assert.match(JSON.stringify(podOf(annotated)), /{"name":"REKINDLE_STOP_AT","value":"committed"}/);
  assert.equal('shareProcessNamespace' in podOf(restore), false);
  assert.deepEqual(podOf(annotated, false), podOf(restore, false), 'where nobody tests, nobody can ask for it');
});

test('the same attempt of the same Restore has the same Job name, another one another', () => {
  const restore = restoreWith();
  assert.equal(attemptJobName(restore, 1), attemptJobName(restoreWith(), 1));
  assert.notEqual(attemptJobName(restore, 1), attemptJobName(restore, 2));
  assert.match(attemptJobName(restore, 1), /^orders-[a-z0-9]{5}$/);
});

test('a prefix has no slashes at its ends, and limits are passed on', () => {
  const topics = [{ source: 'a', target: 'b' }];
  const { order } = resolve(restoreWith({ config: { topics, maxBytesPerSecond: 5 } }), references());
  assert.equal(order.source.kind === 's3' && order.source.prefix, 'daily');
  assert.deepEqual(order.limits, { bytesPerSecond: 5 });
});

/** The same object after somebody has changed its spec. */
const changed = <T extends Pick<Restore, 'metadata'>>(object: T | null): T | null =>
  object && { ...object, metadata: { ...object.metadata, generation: object.metadata.generation + 1 } };
const { storage, eventHub, credentials } = references();
const topics = [{ source: 'a', target: 'b' }];
const differences: readonly [string, object, Partial<References>, readonly string[]][] = [
  ['nothing', {}, {}, []],
  ['the Storage', {}, { storage: (name) => changed(storage(name)) }, ['places']],
  ['the EventHub', {}, { eventHub: (name) => changed(eventHub(name)) }, ['places']],
  ['the Credentials', {}, { credentials: (name) => changed(credentials(name)) }, ['places']],
  ['which Credentials', { sourceCredentialsFrom: undefined }, {}, ['places']],
  ['the mapping', { config: { topics: [{ source: 'c', target: 'b' }] } }, {}, ['mapping']],
  ['how to restore', { config: { topics, existingData: 'Append' } }, {}, ['mapping']],
  ['rates and proof', { config: { topics, maxBytesPerSecond: 5, proof: 'ReadBack' } }, {}, []],
  ['resources', { resources: { limits: { memory: '1Gi' } } }, {}, []],
];
for (const [what, spec, places, parts] of differences) {
  test(`what its order was made from stands on a Job: ${what} has changed`, () => {
    const annotationsOf = (of: Restore, from: References): Record<string, string> =>
      jobManifest(of, 1, volumes, resolve(of, from), settings).metadata.annotations ?? {};
    const before = annotationsOf(restoreWith(withKeys), references());
    const after = annotationsOf(restoreWith({ ...withKeys, ...spec }), { ...references(), ...places });
    assert.deepEqual(Object.keys(before).toSorted(), ['rekindle.dev/order-mapping', 'rekindle.dev/order-places']);
    assert.deepEqual(
      Object.keys(before).filter((annotation) => before[annotation] !== after[annotation]),
      parts.map((part) => `rekindle.dev/order-${part}`),
    );
  });
}

const refusals: readonly [object, RegExp][] = [
  [{ source: 'nothing' }, /spec\.source: there is no Storage nothing in namespace ns/],
  [{ sink: 'nothing' }, /spec\.sink: there is no EventHub nothing/],
  [{ sourceCredentialsFrom: { credentialsRef: { name: 'nothing' } } }, /there are no Credentials nothing/],
  [{ config: { topics: [] } }, /no topic mapping/],
];
for (const [spec, sentence] of refusals) {
  test(`refused: ${JSON.stringify(spec)}`, () => {
    assert.throws(
      () => resolve(restoreWith(spec), references()),
      (error) =>
        error instanceof RekindleError && error.reason === 'InvalidConfiguration' && sentence.test(error.message),
    );
  });
}

test('how to restore and to prove reaches the pod as the Restore says it', () => {
  const topics = [{ source: 'a', target: 'b' }];
  const chosen = {
    createTopics: false,
    existingData: 'Append',
    guardTarget: true,
    delivery: 'Idempotent',
    proof: 'ReadBack',
  };
  const ordered = ({ createTopics, existingData, guardTarget, delivery, proof }: RestoreOrder): object => ({
    createTopics,
    existingData,
    guardTarget,
    delivery,
    proof,
  });
  assert.deepEqual(ordered(resolve(restoreWith({ config: { topics, ...chosen } }), references()).order), chosen);
});
