import { answerAboutTopic, CHANGE_TIMEOUT_MS, change, type Answer } from './admin-requests.ts';
import type { Request } from './request.ts';

/** CreatePartitions, version 1: grows a topic to this many partitions, placed as the broker sees fit. */
export function createPartitions(topic: string, partitions: number): Request<Answer> {
  return {
    api: 'CreatePartitions',
    key: 37,
    version: 1,
    brokerTimeMs: CHANGE_TIMEOUT_MS,
    encode(writer) {
      const anyBrokers = -1;
      writer.array([topic], (name) => writer.string(name).int32(partitions).int32(anyBrokers));
      change(writer);
    },
    decode: answerAboutTopic,
  };
}
