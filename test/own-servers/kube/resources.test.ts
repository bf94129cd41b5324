// What the API server takes and refuses: every refusal names the field, and nothing is accepted and ignored.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { manifests } from '../../../deploy/crds/manifests.ts';
import { applyStatus } from '../../../src/kube/apply.ts';
import { KubeConflict } from '../../../src/kube/errors.ts';
import { kinds } from '../../../src/kube/objects.ts';
import type { CustomObject } from '../../../src/kube/objects.ts';
import { parseEventHub } from '../../../src/model/resources/event-hub.ts';
import { apiVersion } from '../../../src/model/resources/names.ts';
import { parseRestore } from '../../../src/model/resources/restore.ts';
import { parseStorage } from '../../../src/model/resources/storage.ts';
import { ApiServer } from '../../support/api-server.ts';

const namespace = 'default';
const topics = [
  { source: 'orders', target: 'orders' },
  { source: 'orders', target: 'orders-copy' },
];

type Fields = Record<string, unknown>;

function restore(name: string, spec: Fields = {}): Fields {
  return object('Restore', name, { source: 'archive', sink: 'cluster', ...spec });
}

function object(kind: string, name: string, spec: Fields): Fields {
  return { apiVersion, kind, metadata: { name, namespace }, spec };
}

let api: ApiServer;

before(async () => {
  api = await ApiServer.start();
  for (const [name, manifest] of manifests()) {
    const applied = await api.kubectl(['apply', '-f', '-'], manifest);
    assert.ok(applied.ok, `${name}: ${applied.stderr}`);
  }
  const established = ['wait', '--for=condition=Established', '--timeout=30s', 'crd', '--all'];
  assert.ok((await api.kubectl(established)).ok);
});
after(async () => api[Symbol.asyncDispose]());

async function create(manifest: Fields): Promise<{ ok: boolean; stdout: string; stderr: string }> {
  return api.kubectl(['create', '-f', '-'], JSON.stringify(manifest));
}

async function created(manifest: Fields): Promise<void> {
  const result = await create(manifest);
  assert.ok(result.ok, result.stderr);
}

async function assertRefused(manifest: Fields, sentence: RegExp): Promise<void> {
  const result = await create(manifest);
  assert.ok(!result.ok, 'it was accepted');
  assert.match(result.stderr, sentence);
}

/** The object after a change by kubectl; asserts that it was accepted. */
async function patched(kind: string, name: string, patch: Fields): Promise<void> {
  const result = await tryToPatch(kind, name, patch);
  assert.ok(result.ok, result.stderr);
}

async function tryToPatch(kind: string, name: string, patch: Fields): ReturnType<ApiServer['kubectl']> {
  return api.kubectl(['patch', kind, name, '--type=merge', '-p', JSON.stringify(patch)]);
}

async function stored(kind: 'Restore' | 'Storage' | 'EventHub', name: string): Promise<CustomObject> {
  const found = await api.client.get(kinds[kind], { namespace, name });
  assert.ok(found);
  return found;
}

describe('accepted', () => {
  it('a Restore of source and sink alone, with the defaults of the parser', async () => {
    await created(restore('minimal'));
    const { spec } = parseRestore(await stored('Restore', 'minimal'));
    assert.deepEqual(spec, {
      source: 'archive',
      sink: 'cluster',
      enabled: false,
      config: {
        ...{ topics: [], createTopics: true, existingData: 'Refuse', guardTarget: false },
        ...{ delivery: 'Transactional', proof: 'Ledger' },
      },
    });
    assert.deepEqual((await stored('Restore', 'minimal')).spec, spec, 'server and parser have the same defaults');
  });

  it('a Restore with every served field, one source going to two targets', async () => {
    const spec = {
      source: 'archive',
      sink: 'cluster',
      enabled: true,
      description: 'for the audit',
      resources: { limits: { cpu: 2, memory: '1Gi' }, requests: { cpu: '0.5', memory: '1e9' } },
      sourceCredentialsFrom: { credentialsRef: { name: 'key' } },
      config: {
        topics,
        createTopics: false,
        existingData: 'Append',
        proof: 'ReadBack',
        guardTarget: true,
        delivery: 'Idempotent',
        maxBytesPerSecond: 1_000_000,
        maxRecordsPerSecond: 500,
      },
    };
    await created(restore('complete', spec));
    assert.deepEqual(parseRestore(await stored('Restore', 'complete')).spec, spec);
  });

  it('a Storage of each kind and an EventHub', async () => {
    await created(object('Storage', 'bucket', { s3: { bucket: 'archive' } }));
    const s3 = { bucket: 'archive', prefix: '', region: 'us-east-1', forcePathStyle: false };
    assert.deepEqual(parseStorage(await stored('Storage', 'bucket')).spec, { s3 });

    await created(object('Storage', 'disk', { volume: { capacity: '1Gi' } }));
    assert.deepEqual(parseStorage(await stored('Storage', 'disk')).spec, { volume: { capacity: '1Gi' } });

    const kafka = { properties: { 'bootstrap.servers': 'kafka:9092' } };
    await created(object('EventHub', 'cluster', { kafka }));
    assert.deepEqual(parseEventHub(await stored('EventHub', 'cluster')).spec, { kafka });
  });
});

describe('refused, by the name of the field', () => {
  const cases: [what: string, manifest: Fields, sentence: RegExp][] = [
    ['a name of 49 characters', restore('r'.repeat(49)), /metadata\.name may have at most 48 characters/],
    ['an empty source', restore('a', { source: '' }), /spec\.source.*at least 1/],
    ['an empty sink', restore('a', { sink: '' }), /spec\.sink.*at least 1/],
    ['no source', restore('a', { source: undefined }), /spec\.source: Required/],
    ['no sink', restore('a', { sink: undefined }), /spec\.sink: Required/],
    ['an unknown field', restore('a', { paralellism: 1 }), /unknown field "spec\.paralellism"/],
    [
      'an amount of memory that Kubernetes does not know',
      restore('a', { resources: { limits: { memory: '2 GB' } } }),
      /spec\.resources\.limits\.memory.*should match/,
    ],
    ['a size of nothing known', object('Storage', 'a', { volume: { capacity: '1 TB' } }), /spec\.volume\.capacity/],
    ['a rate of zero', restore('a', { config: { maxBytesPerSecond: 0 } }), /spec\.config\.maxBytesPerSecond/],
    [
      'a wrong topic name',
      restore('a', { config: { topics: [{ source: 'a b', target: 'a' }] } }),
      /topics\[0\]\.source/,
    ],
    [
      'two mappings to one target',
      restore('a', { config: { topics: [...topics, { source: 'other', target: 'orders' }] } }),
      /spec\.config\.topics\[2\]: Duplicate value: .*orders/,
    ],
    ['a Storage of nothing', object('Storage', 'a', {}), /exactly one of volume and s3/],
    [
      'a Storage of two kinds',
      object('Storage', 'a', { s3: { bucket: 'archive' }, volume: { capacity: '1Gi' } }),
      /exactly one of volume and s3/,
    ],
    ['a Google bucket', object('Storage', 'a', { gcsBucket: { bucket: 'b' } }), /spec\.gcsBucket is not served yet/],
    ['an Azure container', object('Storage', 'a', { azureContainer: {} }), /spec\.azureContainer is not served yet/],
    [
      'an EventHub without brokers',
      object('EventHub', 'a', { kafka: { properties: { 'client.id': 'a' } } }),
      /spec\.kafka\.properties must hold bootstrap\.servers or metadata\.broker\.list/,
    ],
    [
      'the string null for brokers',
      object('EventHub', 'a', { kafka: { properties: { 'bootstrap.servers': 'null' } } }),
      /spec\.kafka\.properties must hold bootstrap\.servers or metadata\.broker\.list/,
    ],
    [
      'labels of an EventHub',
      object('EventHub', 'a', { kafka: { properties: { 'bootstrap.servers': 'a:1' }, labels: { a: 'b' } } }),
      /spec\.kafka\.labels is not served yet/,
    ],
    [
      'annotations of an EventHub',
      object('EventHub', 'a', { kafka: { properties: { 'bootstrap.servers': 'a:1' }, annotations: { a: 'b' } } }),
      /spec\.kafka\.annotations is not served yet/,
    ],
    [
      'a key that may be missing',
      object('Credentials', 'a', {
        aws: {
          accessKeyIdFrom: { secretKeyRef: { name: 'a', key: 'b', optional: true } },
          secretAccessKeyFrom: { secretKeyRef: { name: 'a', key: 'c' } },
        },
      }),
      /spec\.aws\.accessKeyIdFrom\.secretKeyRef\.optional is not served yet/,
    ],
    ['Credentials of nothing', object('Credentials', 'a', {}), /spec\.aws must be given/],
    [
      'Credentials for SASL',
      object('Credentials', 'a', { sasl: { mechanism: 'PLAIN' } }),
      /spec\.sasl is not served yet/,
    ],
  ];
  for (const [what, manifest, sentence] of cases) it(what, () => assertRefused(manifest, sentence));

  const unserved: Record<string, unknown> = {
    sinkCredentialsFrom: { credentialsRef: { name: 'a' } },
    'resources.claims': [{ name: 'a' }],
    sourceAdditionalProps: { a: 'b' },
    sinkAdditionalProps: { a: 'b' },
    annotations: { a: 'b' },
    labels: { a: 'b' },
    serviceAccountName: 'a',
    affinity: { nodeAffinity: {} },
    nodeSelector: { a: 'b' },
    tolerations: [{ operator: 'Exists' }],
    imagePullSecrets: [{ name: 'a' }],
    extraArgs: ['-v'],
    extraEnvVars: [{ name: 'RUST_LOG', value: 'debug' }],
    'config.mapping': { a: { target: 'b' } },
    'config.topicMappingStrategy': 'allAtOnce',
    'config.prefix': 'a',
    'config.suffix': 'a',
    'config.parallelism': 2,
    'config.maxProducers': 0,
    'config.legacyOffsetHeader': 'offset',
    'config.restoreFromDateTime': '2024-01-01T00:00:00Z',
    'config.restoreUntilDateTime': '2024-01-01T00:00:00Z',
    'config.filters': { time: { absolute: { fromDateTime: '2024-01-01T00:00:00Z' } } },
    'config.schemaMappingFrom': { configMapKeyRef: { name: 'a', key: 'b' } },
    'config.plugins': [{ name: 'topic-repartitioning', spec: {} }],
    'config.topics[].disablePreflightChecks': true,
    'config.topics[].partitions': [{ number: 0, restoreFromOffset: 5 }],
    'config.topics[].snapshot': { version: 'latest' },
  };
  for (const [path, value] of Object.entries(unserved)) {
    it(`spec.${path}, which is not served yet`, async () => {
      const [field = ''] = path.split('.').slice(-1);
      const inTopic = { config: { topics: [{ source: 'a', target: 'a', [field]: value }] } };
      const [within] = path.split('.').slice(0, -1);
      const inSpec = within === undefined ? { [field]: value } : { [within]: { [field]: value } };
      const spec = path.includes('topics[]') ? inTopic : inSpec;
      await assertRefused(
        restore('a', spec),
        new RegExp(`spec.${path} is not served yet`.replaceAll(/[.[\]]/g, '\\$&')),
      );
    });
  }

  it('Credentials of another namespace', async () => {
    const sourceCredentialsFrom = { credentialsRef: { name: 'key', namespace: 'other' } };
    const manifest = restore('elsewhere', { sourceCredentialsFrom });
    // Admission policies are picked up some seconds after they were made.
    const deadline = Date.now() + 30_000;
    let result = await create(manifest);
    while (result.ok && Date.now() < deadline) {
      await api.kubectl(['delete', 'restore', 'elsewhere']);
      await sleep(250);
      result = await create(manifest);
    }
    assert.match(result.stderr, /spec\.sourceCredentialsFrom\.credentialsRef\.namespace/);
  });
});

describe('once a Restore has started', () => {
  const started = { startTime: '2024-01-01T00:00:00Z' };

  before(async () => {
    await created(restore('running', { config: { topics } }));
    await patched('restore', 'running', { spec: { source: 'corrected' } });
    const { metadata } = await stored('Restore', 'running');
    const status = { ...started, phase: 'Restoring' };
    await applyStatus(api.client, kinds.Restore, { ...metadata, namespace }, status, { fieldManager: 'workflow' });
  });

  it('source and sink are fixed', async () => {
    for (const field of ['source', 'sink']) {
      const result = await tryToPatch('restore', 'running', { spec: { [field]: 'other' } });
      assert.match(result.stderr, new RegExp(`spec\\.${field} cannot be changed once the Restore has started`));
    }
  });

  it('so is what may be in the target, and whether it is guarded', async () => {
    for (const [field, value] of Object.entries({
      existingData: 'Append',
      guardTarget: true,
      delivery: 'Idempotent',
    })) {
      const result = await tryToPatch('restore', 'running', { spec: { config: { [field]: value } } });
      assert.match(
        result.stderr,
        new RegExp(`spec\\.config\\.${field} cannot be changed once the Restore has started`),
      );
    }
  });

  it('a mapping cannot be changed', async () => {
    const changed = [{ source: 'payments', target: 'orders' }, ...topics.slice(1)];
    const result = await tryToPatch('restore', 'running', { spec: { config: { topics: changed } } });
    assert.match(result.stderr, /spec\.config\.topics: a mapping cannot be changed or removed/);
  });

  it('a mapping cannot be removed, nor all of them', async () => {
    for (const fewer of [topics.slice(1), [], null]) {
      const result = await tryToPatch('restore', 'running', { spec: { config: { topics: fewer } } });
      assert.match(result.stderr, /spec\.config\.topics: a mapping cannot be changed or removed/);
    }
    const result = await tryToPatch('restore', 'running', { spec: { config: null } });
    assert.match(result.stderr, /spec\.config\.topics: a mapping cannot be changed or removed/);
  });

  it('mappings can be added, in any place, and everything else can be changed', async () => {
    const more = [{ source: 'payments', target: 'payments' }, ...topics];
    await patched('restore', 'running', { spec: { enabled: true, config: { topics: more, maxBytesPerSecond: 10 } } });
  });

  it('the volume of a Storage keeps what its claim was made from; only its description can be changed', async () => {
    const given = { storageClass: 'fast', labels: { a: 'b' }, annotations: { a: 'b' } };
    await created(object('Storage', 'fixed', { volume: { capacity: '1Gi', ...given } }));
    await created(object('Storage', 'plain', { volume: { capacity: '1Gi' } }));
    const cases: [storage: string, field: string, value: unknown][] = [
      ['fixed', 'capacity', '2Gi'],
      ['fixed', 'storageClass', 'slow'],
      ['fixed', 'labels', { a: 'c' }],
      ['fixed', 'annotations', { c: 'd' }],
      ...Object.keys(given).map((field): [string, string, null] => ['fixed', field, null]),
      ...Object.entries(given).map(([field, value]): [string, string, unknown] => ['plain', field, value]),
    ];
    for (const [storage, field, value] of cases) {
      const { stderr } = await tryToPatch('storage', storage, { spec: { volume: { [field]: value } } });
      assert.match(stderr, new RegExp(`spec\\.volume\\.${field} cannot be changed`), `${storage}: ${field}`);
    }
    for (const storage of ['fixed', 'plain']) {
      await patched('storage', storage, { spec: { volume: { description: 'for the audit' } } });
    }
  });
});

describe('the status', () => {
  const condition = {
    status: 'True',
    reason: 'Test',
    message: 'a test',
    lastTransitionTime: '2024-01-01T00:00:00Z',
    observedGeneration: 1,
  };

  it('has two owners who do not touch each other, and shows in kubectl get', async () => {
    await created(restore('shared'));
    const ref = { ...(await stored('Restore', 'shared')).metadata, namespace };
    const write = (fieldManager: string, status: object) =>
      applyStatus(api.client, kinds.Restore, ref, status, { fieldManager });
    const conditions = [{ ...condition, type: 'Proven' }];
    await write('workflow', { message: '🚀 Restoring', phase: 'Restoring', attempt: 1, conditions });
    await write('progress', { progress: { records: 5, percent: 50 } });
    await write('workflow', { message: '🚀 Restoring', phase: 'Restoring', attempt: 2 });

    const { status } = parseRestore(await stored('Restore', 'shared'));
    assert.equal(status.attempt, 2);
    assert.deepEqual(status.conditions, [], 'what its owner says no more is gone');
    assert.equal(status.progress?.records, 5, 'the progress of the other owner stays');
    const { stdout } = await api.kubectl(['get', 'restore', 'shared']);
    assert.match(stdout, /^NAME +STATUS +PROGRESS +AGE\nshared +🚀 Restoring +50 /);
  });

  it('refuses a phase that does not exist', async () => {
    await created(restore('wrong-phase'));
    const patch = ['patch', 'restore', 'wrong-phase', '--subresource=status', '--type=merge'];
    const result = await api.kubectl([...patch, '-p', JSON.stringify({ status: { phase: 'Sleeping' } })]);
    assert.match(result.stderr, /status\.phase: Unsupported value: "Sleeping"/);
  });

  it('is not written to a namesake that was made in the meantime', async () => {
    await created(restore('namesake'));
    const ref = { ...(await stored('Restore', 'namesake')).metadata, namespace };
    assert.ok((await api.kubectl(['delete', 'restore', 'namesake'])).ok);
    const write = () => applyStatus(api.client, kinds.Restore, ref, { phase: 'Done' }, { fieldManager: 'workflow' });
    assert.equal(await write(), null, 'gone');
    await created(restore('namesake'));
    assert.equal(await write(), null, 'another of the same name');
    assert.equal((await stored('Restore', 'namesake')).status, undefined);
  });

  it('is not written over a version that the writer has not seen', async () => {
    await created(restore('raced'));
    const { metadata } = await stored('Restore', 'raced');
    const { resourceVersion } = metadata;
    await patched('restore', 'raced', { spec: { description: 'changed' } });
    const ref = { ...metadata, namespace };
    const write = { fieldManager: 'workflow', resourceVersion };
    await assert.rejects(applyStatus(api.client, kinds.Restore, ref, { phase: 'Done' }, write), KubeConflict);
  });
});
