// A topic is who its id says, not its name: brokers go on showing a deleted one for as long as they do not know better.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CommittedSource } from '../../../src/archive/source.ts';
import { TopicAdmin } from '../../../src/kafka/admin.ts';
import type { KafkaCluster } from '../../../src/kafka/cluster.ts';
import { Code } from '../../../src/kafka/errors.ts';
import { RequestWriter } from '../../../src/kafka/wire/writer.ts';
import { ScriptedBroker } from './scripted-broker.ts';
import { connectTo } from './scripted-cluster.ts';
import { LIST_OFFSETS, METADATA, metadataResponse, offsetResponse } from './scripted-responses.ts';

const CREATE_TOPICS = 19;
const [deleted, created] = ['7', '8'].map((digit) => `00000000-0000-0000-0000-00000000000${digit}`) as [string, string];
const END = 5;

interface Shown {
  readonly cluster: KafkaCluster;
  /** Ids that are still to be shown. */
  readonly left: string[];
  /** Error codes of the next answers to who wants to create it. */
  readonly refusals: number[];
}

/** A cluster whose broker shows a topic of this id, the last one for ever. */
async function shows(...ids: readonly string[]): Promise<Shown> {
  const left = [...ids];
  const refusals: number[] = [];
  const broker = await ScriptedBroker.start(({ key, correlationId, body }, answer) => {
    if (key === LIST_OFFSETS) answer(correlationId, offsetResponse('orders', END));
    else if (key === CREATE_TOPICS) answer(correlationId, Buffer.concat(answerToCreate(refusals.shift() ?? 0).take()));
    else if (key !== METADATA) assert.fail(`API ${key}`);
    else {
      const aboutTopics = body.includes('orders');
      const id = (aboutTopics && left.length > 1 ? left.shift() : left[0]) ?? assert.fail('no id');
      answer(correlationId, metadataResponse(broker.port, ...(aboutTopics ? [{ name: 'orders', id }] : [])));
    }
  });
  return { cluster: await connectTo(broker), left, refusals };
}

function answerToCreate(errorCode: number): RequestWriter {
  const writer = new RequestWriter().noTags().int32(0);
  const noMessage = 0;
  return writer.compactArray(['orders'], (topic) => {
    const id = Buffer.from(created.replaceAll('-', ''), 'hex');
    writer.compactString(topic).raw(id).int16(errorCode).unsignedVarint(noMessage);
    writer
      .int32(1)
      .int16(1)
      .compactArray([], () => undefined)
      .noTags();
  });
}

test('A topic that was created is waited for, though one of its name is still shown that was deleted before', async () => {
  const { cluster, left } = await shows(deleted, deleted, deleted, created);
  const topic = { name: 'orders', partitions: 1, replicationFactor: 1, configs: {} };
  assert.equal(await new TopicAdmin(cluster).create(topic), 'created');
  assert.deepEqual(left, [created]);
});

test('A topic is created though a broker is away for a moment, without which it cannot have its replicas', async () => {
  const { cluster, refusals } = await shows(created);
  refusals.push(Code.InvalidReplicationFactor, Code.InvalidReplicationFactor);
  const topic = { name: 'orders', partitions: 1, replicationFactor: 3, configs: {} };
  assert.equal(await new TopicAdmin(cluster).create(topic), 'created');
  assert.deepEqual(refusals, []);
});

test('Offsets of a topic that took the place of the one that is backed up are not taken for its own', async () => {
  const { cluster } = await shows(deleted, created);
  const source = new CommittedSource(cluster);
  const topic = { name: 'orders', id: deleted };
  await assert.rejects(source.earliest(topic, [0]), {
    reason: 'ArchiveChanged',
    message: /orders was deleted and created/,
  });
  assert.deepEqual(await source.earliest({ ...topic, id: created }, [0]), new Map([[0, END]]));
});
