import { RequestWriter } from '../../../src/kafka/wire/writer.ts';

/** Keys of APIs. */
export const [LIST_OFFSETS, METADATA] = [2, 3];

/** ListOffsets, version 2, of partition 0. */
export function offsetResponse(name: string, offset: number): Buffer {
  const [noThrottling, noError, noTimestamp] = [0, 0, -1];
  const writer = new RequestWriter().int32(noThrottling);
  writer.array([name], (topic) => {
    writer.string(topic).array([0], (partition) => {
      writer.int32(partition).int16(noError).int64(noTimestamp).int64(offset);
    });
  });
  return Buffer.concat(writer.take());
}

export interface ScriptedTopic {
  readonly name: string;
  readonly id: string;
  /** Default none. */
  readonly errorCode?: number;
  /** -1: the partition has none. Default the broker. */
  readonly leader?: number;
}

/** One broker, node 1, that leads the one partition of the topic. */
export function metadataResponse(port: number, ...topics: ScriptedTopic[]): Buffer {
  const noThrottling = 0;
  const controller = 1;
  const broker = 1;
  const writer = new RequestWriter().noTags().int32(noThrottling);
  writer.compactArray([broker], (id) => {
    const noRack = 0;
    writer.int32(id).compactString('127.0.0.1').int32(port).unsignedVarint(noRack).noTags();
  });
  writer.compactString('scripted-cluster').int32(controller);
  writer.compactArray(topics, ({ name, id, errorCode = 0, leader = broker }) => {
    writer
      .int16(errorCode)
      .compactString(name)
      .raw(Buffer.from(id.replaceAll('-', ''), 'hex'))
      .boolean(false);
    writer.compactArray([0], (partition) => {
      const epoch = 0;
      writer.int16(0).int32(partition).int32(leader).int32(epoch);
      writer.compactArray([broker], (id) => writer.int32(id)).compactArray([broker], (id) => writer.int32(id));
      writer.compactArray([], () => undefined).noTags();
    });
    writer.int32(0).noTags();
  });
  return Buffer.concat(writer.noTags().take());
}
