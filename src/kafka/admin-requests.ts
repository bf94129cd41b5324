import type { Request } from './request.ts';
import type { ResponseReader } from './wire/reader.ts';
import type { RequestWriter } from './wire/writer.ts';

/** Error code and the broker's own words. */
export interface Answer {
  readonly errorCode: number;
  readonly message: string | null;
}

/** Time that a broker may take for an administrative change, in ms. */
export const CHANGE_TIMEOUT_MS = 30_000;
const TOPIC_RESOURCE = 2;
const BROKER_RESOURCE = 4;

export interface NewTopic {
  readonly name: string;
  readonly partitions: number;
  /** -1 for the broker's default. */
  readonly replicationFactor: number;
  readonly configs: Readonly<Record<string, string>>;
}

/**
 * CreateTopics, version 7 (the first that answers with the new topic's id), of one topic.
 * @param onlyAsk whether it could be created; it is not
 */
export function createTopic(topic: NewTopic, onlyAsk = false): Request<Answer & { id: string }> {
  return {
    api: 'CreateTopics',
    key: 19,
    version: 7,
    flexible: true,
    brokerTimeMs: CHANGE_TIMEOUT_MS,
    encode(writer) {
      writer.compactArray([topic], ({ name, partitions, replicationFactor, configs }) => {
        const assignments: never[] = [];
        writer
          .compactString(name)
          .int32(partitions)
          .int16(replicationFactor)
          .compactArray(assignments, () => undefined)
          .compactArray(Object.entries(configs), ([entry, value]) => {
            writer.compactString(entry).compactString(value).noTags();
          })
          .noTags();
      });
      change(writer, onlyAsk);
      writer.noTags();
    },
    decode(reader) {
      reader.throttleTime();
      return only(
        reader.compactArray(() => {
          reader.compactString(); // topic
          return { id: reader.uuid(), errorCode: reader.int16(), message: reader.compactNullableString() };
          // What follows describes the topic; there is one only.
        }),
      );
    },
  };
}

/** How a request to change topics ends: the broker's time for it, and whether it only asks. */
export function change(writer: RequestWriter, onlyAsk = false): void {
  writer.int32(CHANGE_TIMEOUT_MS).boolean(onlyAsk);
}

/** The answer to a change of one topic. */
export function answerAboutTopic(reader: ResponseReader): Answer {
  reader.throttleTime();
  return only(
    reader.array(() => {
      reader.string(); // topic
      return { errorCode: reader.int16(), message: reader.nullableString() };
    }),
  );
}

export interface DescribedConfig {
  readonly name: string;
  readonly value: string | null;
  /** 1 set on the topic, 2 to 4 on brokers, 5 built in. */
  readonly source: number;
}

/** DescribeConfigs, version 2, of one topic or one broker (by its node id). */
export function describeConfigs(
  of: { topic: string } | { broker: number },
): Request<Answer & { configs: DescribedConfig[] }> {
  const [type, name] = 'topic' in of ? [TOPIC_RESOURCE, of.topic] : [BROKER_RESOURCE, String(of.broker)];
  return {
    api: 'DescribeConfigs',
    key: 32,
    version: 2,
    encode(writer) {
      const allNames = -1;
      const withSynonyms = false;
      writer.array([name], (of) => writer.int8(type).string(of).int32(allNames)).boolean(withSynonyms);
    },
    decode(reader) {
      reader.throttleTime();
      return only(
        reader.array(() => {
          const answer = { errorCode: reader.int16(), message: reader.nullableString() };
          reader.int8(); // resource type
          reader.string(); // its name
          const configs = reader.array(() => {
            const config = { name: reader.string(), value: reader.nullableString() };
            reader.boolean(); // read only
            const source = reader.int8();
            reader.boolean(); // sensitive: the value is null then
            reader.array(() => [reader.string(), reader.nullableString(), reader.int8()]); // synonyms
            return { ...config, source };
          });
          return { ...answer, configs };
        }),
      );
    },
  };
}

/** IncrementalAlterConfigs, version 0, of one topic: entries that are not named stay as they are. */
export function alterConfigs(
  topic: string,
  set: readonly [string, string][],
  remove: readonly string[],
): Request<Answer> {
  const setOperation = 0;
  const deleteOperation = 1;
  const changes = [
    ...set.map(([name, value]) => ({ name, operation: setOperation, value })),
    ...remove.map((name) => ({ name, operation: deleteOperation, value: null })),
  ];
  return {
    api: 'IncrementalAlterConfigs',
    key: 44,
    version: 0,
    brokerTimeMs: CHANGE_TIMEOUT_MS,
    encode(writer) {
      writer.array([topic], (name) => {
        writer.int8(TOPIC_RESOURCE).string(name);
        writer.array(changes, (change) => writer.string(change.name).int8(change.operation).string(change.value));
      });
      const validateOnly = false;
      writer.boolean(validateOnly);
    },
    decode(reader) {
      reader.throttleTime();
      return only(
        reader.array(() => {
          const answer = { errorCode: reader.int16(), message: reader.nullableString() };
          reader.int8(); // resource type
          reader.string(); // topic
          return answer;
        }),
      );
    },
  };
}

/** ListGroups, version 2: the groups that this broker coordinates. */
export const listGroups: Request<{ errorCode: number; groups: string[] }> = {
  api: 'ListGroups',
  key: 16,
  version: 2,
  encode: () => undefined,
  decode(reader) {
    reader.throttleTime();
    const errorCode = reader.int16();
    const groups = reader.array(() => {
      const group = reader.string();
      reader.string(); // protocol type
      return group;
    });
    return { errorCode, groups };
  },
};

/** OffsetFetch, version 5, of all topics of a group: names of those with a committed offset. */
export function committedTopics(group: string): Request<{ errorCode: number; topics: string[] }> {
  return {
    api: 'OffsetFetch',
    key: 9,
    version: 5,
    encode(writer) {
      const allTopics = -1;
      writer.string(group).int32(allTopics);
    },
    decode(reader) {
      reader.throttleTime();
      const topics = reader.array(() => {
        const topic = reader.string();
        const partitions = reader.array(() => {
          reader.int32(); // partition
          const offset = reader.int64();
          reader.int32(); // leader epoch
          reader.nullableString(); // metadata
          reader.int16(); // error code: set on unknown partitions only
          return offset;
        });
        return { topic, committed: partitions.some((offset) => offset >= 0) };
      });
      return { errorCode: reader.int16(), topics: topics.filter((t) => t.committed).map((t) => t.topic) };
    },
  };
}

/** The one item of an answer about one thing. */
function only<T>(items: readonly T[]): T {
  const [item] = items;
  if (item === undefined) throw new RangeError('The response is empty.');
  return item;
}
