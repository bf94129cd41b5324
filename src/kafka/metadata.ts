import type { Request } from './request.ts';

export interface PartitionDescription {
  readonly partition: number;
  /** Node id; -1 while there is none. */
  readonly leader: number;
  readonly leaderEpoch: number;
  readonly replicas: readonly number[];
}

export interface TopicDescription {
  /** UUID string. A topic that was deleted and created again has another one. */
  readonly id: string;
  readonly internal: boolean;
  /** In order of their number. */
  readonly partitions: readonly PartitionDescription[];
}

export interface ClusterMetadata {
  readonly clusterId: string;
  /** Node id of the broker that takes administrative requests. */
  readonly controller: number;
  readonly brokers: readonly { readonly nodeId: number; readonly host: string; readonly port: number }[];
  /** Errors per topic are left to the caller: a topic that does not exist is one of them. */
  readonly topics: readonly (TopicDescription & { readonly name: string; readonly errorCode: number })[];
}

/** Metadata, version 12 (the first with topic ids in both directions), of these topics; never creates one. */
export function metadata(topics: readonly string[]): Request<ClusterMetadata> {
  return {
    api: 'Metadata',
    key: 3,
    version: 12,
    flexible: true,
    encode(writer) {
      writer.compactArray(topics, (topic) => {
        // By name: the sixteen bytes of the id are zero.
        writer.int64(0).int64(0).compactString(topic).noTags();
      });
      const createTopics = false;
      const listOperations = false;
      writer.boolean(createTopics).boolean(listOperations).noTags();
    },
    decode(reader) {
      reader.throttleTime();
      const brokers = reader.compactArray(() => {
        const broker = { nodeId: reader.int32(), host: reader.compactString(), port: reader.int32() };
        reader.compactNullableString(); // rack
        reader.tags();
        return broker;
      });
      const clusterId = reader.compactString();
      const controller = reader.int32();
      const described = reader.compactArray(() => {
        const errorCode = reader.int16();
        const name = reader.compactString();
        const id = reader.uuid();
        const internal = reader.boolean();
        const partitions = reader.compactArray(() => {
          reader.int16(); // error code: no leader, which the leader field says
          const partition = reader.int32();
          const leader = reader.int32();
          const leaderEpoch = reader.int32();
          const replicas = reader.compactArray(() => reader.int32());
          reader.compactArray(() => reader.int32()); // in-sync replicas
          reader.compactArray(() => reader.int32()); // offline replicas
          reader.tags();
          return { partition, leader, leaderEpoch, replicas };
        });
        reader.int32(); // authorized operations
        reader.tags();
        partitions.sort((a, b) => a.partition - b.partition);
        return { errorCode, name, id, internal, partitions };
      });
      return { clusterId, controller, brokers, topics: described };
    },
  };
}
