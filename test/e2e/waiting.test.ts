// What is away is waited for: the status says what it is, and once it is there the Restore goes on by itself.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { readStack } from '../../deploy/dev/state.ts';
import { restoreUidLabel } from '../../src/model/children.ts';
import { reportPvcNameLabel } from '../../src/model/resources/names.ts';
import {
  credentialsObject,
  e2eDataset,
  eventHubObject,
  secretObject,
  storageObject,
  type Dataset,
} from '../support/e2e-data.ts';
import { assertFlawless } from '../support/flawless.ts';
import { kafkaTool } from '../support/java.ts';
import { unusedName } from '../support/kafka.ts';
import { lateServer } from '../support/late-server.ts';
import { apply, forget, jobOf, k, restoreObject, until, untilDone, type RestoreOptions } from '../support/restores.ts';
import type { Phase } from '../../src/model/phase.ts';
import type { Restore } from '../../src/model/resources/restore.ts';

/** Nobody listens on this port: the answer needs no name server, and is there at once. */
const noImage = 'localhost:1/none:1';

let data: Dataset;
before(async () => {
  data = await e2eDataset({ records: 1_000, packages: 500 });
});

/** A Restore of the packages that is begun and comes to wait. */
async function begin(of: Partial<RestoreOptions>): Promise<RestoreOptions> {
  const name = unusedName('waiting');
  const topics = [{ source: data.packages, target: `${name}-target` }];
  const begun = { name, source: data.archive, topics, ...of };
  await apply(restoreObject(begun));
  return begun;
}

/** Comes to wait for this reason, in these words, and has written nothing. */
async function waits(name: string, phase: Phase, reason: string, words: RegExp): Promise<Restore> {
  const waiting = await until(name, `${phase} for ${reason}`, ({ status }) => {
    const why = status.conditions.find(({ type }) => type === 'Progressing');
    return status.phase === phase && why?.reason === reason && words.test(why.message);
  });
  const topics = await kafkaTool('TopicCommand', ['--bootstrap-server', data.bootstrap, '--list']);
  assert.ok(!topics.split('\n').includes(`${name}-target`), 'the target was made');
  return waiting;
}

async function comesToItsEnd({ name, topics }: RestoreOptions): Promise<void> {
  const { status } = await untilDone(name);
  assert.equal(status.attempt, 1, 'no attempt was lost');
  await assertFlawless(data.bootstrap, topics);
  await forget(name);
}

describe('waiting', { concurrency: 4 }, () => {
  test('for a broker that does not answer', async () => {
    const broker = await lateServer(readStack('kafka').kafka.bootstrap.pods);
    const sink = unusedName('late-broker');
    await apply(eventHubObject(sink, broker.address));
    const of = await begin({ sink });
    await waits(of.name, 'Waiting', 'KafkaUnreachable', new RegExp(broker.address));
    await broker.begin();
    await comesToItsEnd(of);
    broker.end();
  });

  test('for a broker where there is none, until the EventHub is corrected', async () => {
    const nobody = await lateServer(readStack('kafka').kafka.bootstrap.pods);
    const sink = unusedName('wrong-broker');
    await apply(eventHubObject(sink, nobody.address));
    const of = await begin({ sink });
    await waits(of.name, 'Waiting', 'KafkaUnreachable', new RegExp(nobody.address));
    await apply(eventHubObject(sink));
    const { status } = await untilDone(of.name);
    assert.equal(status.attempt, 2, 'the next Job has the address');
    await assertFlawless(data.bootstrap, of.topics);
    await forget(of.name);
  });

  test('for a storage that does not answer', async () => {
    const { host } = new URL(readStack('s3').s3.endpoint.pods);
    const server = await lateServer(host);
    const source = unusedName('late-storage');
    await apply(storageObject(source, { archive: data.archive, endpoint: `http://${server.address}` }));
    const of = await begin({ source });
    await waits(of.name, 'Waiting', 'StorageUnreachable', new RegExp(server.address));
    await server.begin();
    await comesToItsEnd(of);
    server.end();
  });

  test('for a Secret, and then for an image that cannot be pulled', async () => {
    const secret = unusedName('late-secret');
    await apply(credentialsObject(secret));
    const of = await begin({ credentials: secret });
    const invalid = await waits(of.name, 'Invalid', 'SecretMissing', new RegExp(`secret "${secret}" not found`));

    // The image is the operator's choice; a pod that does not run yet can be given another one.
    const pod = await k('get', 'pod', '-l', `batch.kubernetes.io/job-name=${jobOf(invalid)}`, '-o', 'name');
    const container = await k('get', pod, '-o', 'jsonpath={.spec.containers[0].name}');
    const image = await k('get', pod, '-o', 'jsonpath={.spec.containers[0].image}');
    await k('set', 'image', pod, `${container}=${noImage}`);
    await apply(secretObject(secret));
    await waits(of.name, 'Waiting', 'ImageUnavailable', /localhost:1\/none:1 cannot be pulled.*Check its name/);
    await k('set', 'image', pod, `${container}=${image}`);
    await comesToItsEnd(of);
  });

  test('for a volume claim that does not bind', async () => {
    const of = await begin({ enabled: false });
    const { metadata } = await until(of.name, 'Ready', ({ status }) => status.phase === 'Ready');
    const claim = `${of.name}-report-elsewhere`;
    await apply(claimOf(metadata, claim));
    await k('annotate', 'restore', of.name, '--overwrite', `${reportPvcNameLabel}=${claim}`);
    await k('patch', 'restore', of.name, '--type=merge', '-p', '{"spec":{"enabled":true}}');
    await waits(of.name, 'Waiting', 'ReportNotBound', /does not bind/);
    await forget(of.name);
  });
});

/** A claim as the operator makes it, but of a storage class that nobody provides. */
function claimOf({ name, uid }: Restore['metadata'], claim: string): object {
  const owner = { apiVersion: 'rekindle.dev/v1alpha1', kind: 'Restore', name, uid };
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name: claim, labels: { [restoreUidLabel]: uid }, ownerReferences: [owner] },
    spec: {
      accessModes: ['ReadWriteOnce'],
      storageClassName: 'nobody-provides-it',
      resources: { requests: { storage: '1Mi' } },
    },
  };
}
