import { CHANGE_TIMEOUT_MS, only, type Answer } from './admin-requests.ts';
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
      const validateOnly = false;
      writer.int32(CHANGE_TIMEOUT_MS).boolean(validateOnly);
    },
    decode(reader) {
      reader.throttleTime();
      return only(
        reader.array(() => {
          reader.string(); // topic
          return { errorCode: reader.int16(), message: reader.nullableString() };
        }),
      );
    },
  };
}
