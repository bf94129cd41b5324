// An answer that names no consumer group is the whole truth only for who may see all of them, and while all of them have a
// coordinator: it says whether it is.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { committedGroups, type CommittedGroups } from '../../../src/kafka/consumer-groups.ts';
import { Code } from '../../../src/kafka/errors.ts';
import { RequestWriter } from '../../../src/kafka/wire/writer.ts';
import { ScriptedBroker } from './scripted-broker.ts';
import { connectTo } from './scripted-cluster.ts';
import { METADATA, metadataResponse, type ScriptedTopic } from './scripted-responses.ts';

const [OFFSET_FETCH, LIST_GROUPS, DESCRIBE_CLUSTER] = [9, 16, 60];
/** What a broker without an authorizer answers: CREATE, ALTER, DESCRIBE and the others of a cluster. */
const EVERYTHING = 0b1_1111_1010_0000;
const DESCRIBE = 1 << 8;
const NOT_ASKED = -2147483648;
const groupsTopic = { name: '__consumer_offsets', id: '00000000-0000-0000-0000-000000000009' };

interface World {
  readonly authorizedOperations: number;
  /** Error code of what a group has committed on `orders`, by the groups that are listed. */
  readonly listed: Readonly<Record<string, number>>;
  /** What is said of the topic in which groups are kept, the last entry again and again. Default that it is served. */
  readonly kept?: readonly Pick<ScriptedTopic, 'errorCode' | 'leader'>[];
}

async function groupsIn({ authorizedOperations, listed, kept = [{}] }: World): Promise<CommittedGroups> {
  const left = [...kept];
  let coordinated = true;
  const broker = await ScriptedBroker.start(({ key, correlationId, body }, answer) => {
    const reply = (writer: RequestWriter): void => answer(correlationId, Buffer.concat(writer.take()));
    if (key === METADATA) {
      const asked = body.includes(groupsTopic.name);
      const said = asked && left.length > 1 ? left.shift() : left[0];
      coordinated = said?.leader !== -1;
      answer(correlationId, metadataResponse(broker.port, ...(asked ? [{ ...groupsTopic, ...said }] : [])));
    } else if (key === DESCRIBE_CLUSTER) {
      assert.deepEqual(
        [...body],
        [0, 1, 0],
        'tagged fields of the header, include_cluster_authorized_operations, tags',
      );
      reply(describedCluster(broker.port, authorizedOperations));
    } else if (key === LIST_GROUPS) {
      const groups = new RequestWriter().int32(0).int16(Code.None);
      reply(groups.array(coordinated ? Object.keys(listed) : [], (group) => groups.string(group).string('consumer')));
    } else if (key === OFFSET_FETCH) {
      const group = body.subarray(2, 2 + body.readInt16BE(0)).toString();
      reply(fetchedOffsets(listed[group] ?? assert.fail(group)));
    } else assert.fail(`API ${key}`);
  });
  return await committedGroups(await connectTo(broker), 'orders');
}

function describedCluster(port: number, authorizedOperations: number): RequestWriter {
  const noRack = 0;
  const writer = new RequestWriter().noTags().int32(0).int16(Code.None).unsignedVarint(0);
  writer.compactString('scripted-cluster').int32(1);
  writer.compactArray([1], (id) => {
    writer.int32(id).compactString('127.0.0.1').int32(port).unsignedVarint(noRack).noTags();
  });
  return writer.int32(authorizedOperations).noTags();
}

/** Offset 5 of partition 0, or an error. */
function fetchedOffsets(errorCode: number): RequestWriter {
  const writer = new RequestWriter().int32(0);
  writer.array(errorCode === Code.None ? ['orders'] : [], (topic) => {
    writer.string(topic).array([0], (partition) => writer.int32(partition).int64(5).int32(-1).string('').int16(0));
  });
  return writer.int16(errorCode);
}

const refused = Code.GroupAuthorizationFailed;
const cases: readonly [string, World, CommittedGroups][] = [
  [
    'without an authorizer all groups are seen',
    { authorizedOperations: EVERYTHING, listed: {} },
    { names: [], complete: true },
  ],
  [
    'who may describe the cluster sees all groups',
    { authorizedOperations: DESCRIBE, listed: { search: Code.None, billing: Code.None } },
    { names: ['billing', 'search'], complete: true },
  ],
  [
    'who may not is shown none, and there may be some',
    { authorizedOperations: 0, listed: {} },
    { names: [], complete: false },
  ],
  [
    'who may not is shown those that it may describe, and there may be more',
    { authorizedOperations: EVERYTHING & ~DESCRIBE, listed: { billing: Code.None } },
    { names: ['billing'], complete: false },
  ],
  [
    'a broker that does not say what is allowed allows nothing',
    { authorizedOperations: NOT_ASKED, listed: {} },
    { names: [], complete: false },
  ],
  [
    'what a group has committed may be hidden though the group is listed',
    { authorizedOperations: DESCRIBE, listed: { billing: Code.None, secret: refused } },
    { names: ['billing'], complete: false },
  ],
  [
    'nobody has ever committed anything: there is no topic to keep it',
    { authorizedOperations: DESCRIBE, listed: {}, kept: [{ errorCode: Code.UnknownTopicOrPartition }] },
    { names: [], complete: true },
  ],
  [
    'who may describe the cluster sees all groups, though not the topic that they are kept in',
    {
      authorizedOperations: DESCRIBE,
      listed: { billing: Code.None },
      kept: [{ errorCode: Code.TopicAuthorizationFailed }],
    },
    { names: ['billing'], complete: true },
  ],
  [
    'groups that no broker lists, for they have no coordinator, are waited for',
    { authorizedOperations: DESCRIBE, listed: { billing: Code.None }, kept: [{ leader: -1 }, { leader: -1 }, {}] },
    { names: ['billing'], complete: true },
  ],
];
for (const [what, world, groups] of cases) {
  test(what, async () => assert.deepEqual(await groupsIn(world), groups));
}

test('groups that stay without a coordinator are not taken for none', async (t) => {
  const now = performance.now.bind(performance);
  t.mock.method(performance, 'now', () => 100 * now());
  await assert.rejects(groupsIn({ authorizedOperations: EVERYTHING, listed: {}, kept: [{ leader: -1 }] }), {
    reason: 'KafkaUnreachable',
    message: /consumer groups of orders .* __consumer_offsets-0 .* Bring back the brokers/,
  });
});
