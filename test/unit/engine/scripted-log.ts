import type { BrokerConnection } from '../../../src/kafka/cluster.ts';
import { parseHeader } from '../../../src/kafka/record-batch.ts';
import type { Request } from '../../../src/kafka/request.ts';
import { ResponseReader } from '../../../src/kafka/wire/reader.ts';
import { RequestWriter } from '../../../src/kafka/wire/writer.ts';

/** Fetch, version 11, with one batch or none. */
export function fetchAnswer(batch: Buffer): Buffer {
  const writer = new RequestWriter().int32(0).int16(0).int32(0);
  writer.array(['topic'], (topic) => {
    writer.string(topic).array([0], (partition) => {
      const [error, highWatermark, lastStable, logStart, preferredReplica] = [0, 100, 100, 0, -1];
      writer.int32(partition).int16(error).int64(highWatermark).int64(lastStable).int64(logStart);
      writer.array([], () => undefined).int32(preferredReplica);
      writer.int32(batch.length).raw(batch);
    });
  });
  return Buffer.concat(writer.take());
}

/** A broker that has these batches of a partition, each at its offset, and answers with one at a time. */
export function brokerWith(batches: readonly Buffer[]): BrokerConnection {
  const send = <T>(request: Request<T>): Promise<T> => {
    const from = offsetIn(request);
    const batch = batches.find((bytes) => {
      const { baseOffset, lastOffsetDelta } = parseHeader(bytes);
      return baseOffset + lastOffsetDelta >= from;
    });
    return Promise.resolve(request.decode(new ResponseReader(fetchAnswer(batch ?? Buffer.alloc(0)))));
  };
  return { send } as unknown as BrokerConnection;
}

/** The offset that a Fetch of one partition asks for. */
function offsetIn(request: Request<unknown>): number {
  const writer = new RequestWriter();
  request.encode(writer);
  const reader = new ResponseReader(Buffer.concat(writer.take()));
  for (let i = 0; i < 4; i++) reader.int32(); // replica, time, bytes at least and at most
  reader.int8(); // isolation
  for (let i = 0; i < 2; i++) reader.int32(); // session
  let offset = 0;
  reader.array(() => {
    reader.string(); // topic
    reader.array(() => {
      for (let i = 0; i < 2; i++) reader.int32(); // partition, leader epoch
      offset = reader.int64();
      reader.int64(); // start of a follower's log
      reader.int32(); // bytes
    });
  });
  return offset;
}
