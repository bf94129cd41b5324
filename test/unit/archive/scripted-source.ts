import { CommittedSource } from '../../../src/archive/source.ts';
import { RequestWriter } from '../../../src/kafka/wire/writer.ts';
import { ScriptedBroker } from '../kafka/scripted-broker.ts';
import { connectTo } from '../kafka/scripted-cluster.ts';
import { METADATA, metadataResponse } from '../kafka/scripted-responses.ts';

/** What the partition's leader answers to one Fetch; `throttleMs` without a partition, as for a client over its quota. */
export type FetchAnswer = { lastStableOffset: number; highWatermark: number; data: Buffer } | { throttleMs: number };

export const SOURCE_TOPIC = { name: 'orders', id: '00000000-0000-0000-0000-000000000007' };

const [FETCH, DESCRIBE_CONFIGS] = [1, 32];

/** One Fetch: the offset asked for, when, and how long the broker may wait for data, in ms. */
export interface Asked {
  readonly offset: number;
  readonly at: number;
  readonly maxWaitMs: number;
}

/** A topic with one partition whose leader answers from a list, the last entry again and again. */
export async function scriptedSource(
  answers: readonly FetchAnswer[],
  configs: Readonly<Record<string, string>> = {},
): Promise<{ source: CommittedSource; asked: Asked[] }> {
  const asked: Asked[] = [];
  const broker = await ScriptedBroker.start(({ key, correlationId, body }, answer) => {
    if (key === METADATA) answer(correlationId, metadataResponse(broker.port, SOURCE_TOPIC));
    if (key === DESCRIBE_CONFIGS) answer(correlationId, configsResponse(configs));
    if (key !== FETCH) return;
    asked.push({
      offset: Number(body.readBigInt64BE(body.length - FETCH_OFFSET_FROM_END)),
      at: performance.now(),
      maxWaitMs: body.readInt32BE(FETCH_WAIT_FROM_BEGINNING),
    });
    const scripted = answers[Math.min(asked.length, answers.length) - 1];
    if (scripted !== undefined) answer(correlationId, fetchResponse(scripted));
  });
  return { source: new CommittedSource(await connectTo(broker)), asked };
}

/** Before it: the replica. */
const FETCH_WAIT_FROM_BEGINNING = 4;
/** Behind the offset: log start offset, size, no forgotten topics, no rack. */
const FETCH_OFFSET_FROM_END = 8 + 8 + 4 + 4 + 2;

function fetchResponse(answer: FetchAnswer): Buffer {
  const writer = new RequestWriter();
  const none: never[] = [];
  const [noError, noSession] = [0, 0];
  if ('throttleMs' in answer) {
    writer
      .int32(answer.throttleMs)
      .int16(noError)
      .int32(noSession)
      .array(none, () => undefined);
    return Buffer.concat(writer.take());
  }
  const { highWatermark, lastStableOffset, data } = answer;
  writer.int32(0).int16(noError).int32(noSession);
  writer.array([SOURCE_TOPIC.name], (topic) => {
    writer.string(topic).array([0], (partition) => {
      const logStartOffset = 0;
      const noReplica = -1;
      writer.int32(partition).int16(noError).int64(highWatermark).int64(lastStableOffset).int64(logStartOffset);
      writer
        .array(none, () => undefined)
        .int32(noReplica)
        .int32(data.length)
        .raw(data);
    });
  });
  return Buffer.concat(writer.take());
}

/** DescribeConfigs, version 2, of what is set on the topic itself. */
function configsResponse(configs: Readonly<Record<string, string>>): Buffer {
  const [noThrottling, noError, aTopic, setOnTopic] = [0, 0, 2, 1];
  const writer = new RequestWriter().int32(noThrottling);
  writer.array([SOURCE_TOPIC.name], (topic) => {
    writer.int16(noError).string('').int8(aTopic).string(topic);
    writer.array(Object.entries(configs), ([name, value]) => {
      const [readOnly, sensitive] = [false, false];
      writer.string(name).string(value).boolean(readOnly).int8(setOnTopic).boolean(sensitive);
      writer.array([], () => undefined);
    });
  });
  return Buffer.concat(writer.take());
}
