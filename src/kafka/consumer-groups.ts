import { committedTopics, listGroups } from './admin-requests.ts';
import { describeCluster } from './cluster-requests.ts';
import type { KafkaCluster } from './cluster.ts';
import { Code, KafkaProtocolError, throwOnError } from './errors.ts';
import type { ClusterMetadata } from './metadata.ts';
import { retryTransient } from './retry.ts';

/** Where Kafka keeps groups: the leader of a partition coordinates those in it, and no other broker lists them. */
const GROUPS_TOPIC = '__consumer_offsets';

/** Consumer groups that have committed an offset on a topic. */
export interface CommittedGroups {
  /** In alphabetical order. */
  readonly names: readonly string[];
  /** False: the user may not see all groups of the cluster, so there may be more. */
  readonly complete: boolean;
}

/**
 * Consumer groups that have committed an offset on the topic, and whether there may be more of them.
 * @throws RekindleError `KafkaUnreachable`, `NotAuthorized`, or another reason by the broker's error code
 */
export async function committedGroups(cluster: KafkaCluster, topic: string): Promise<CommittedGroups> {
  return retryTransient(`Looking for consumer groups of ${topic}`, async () => {
    const { brokers, topics } = await cluster.metadata([GROUPS_TOPIC]);
    for (const described of topics) assertCoordinated(described);
    const names: string[] = [];
    let complete = true;
    for (const { nodeId } of brokers) {
      // Asked before the list is: where the cluster may not be described, that leaves groups out and does not say so.
      const asked = await cluster.request(nodeId, describeCluster);
      throwOnError('DescribeCluster', asked.errorCode, `broker ${nodeId}`, asked.message);
      complete &&= asked.mayDescribe;
      const { errorCode, groups } = await cluster.request(nodeId, listGroups);
      throwOnError('ListGroups', errorCode, `broker ${nodeId}`);
      for (const group of groups) {
        const committed = await cluster.request(nodeId, committedTopics(group));
        if (committed.errorCode === Code.GroupAuthorizationFailed) complete = false;
        else throwOnError('OffsetFetch', committed.errorCode, group);
        if (committed.topics.includes(topic)) names.push(group);
      }
    }
    return { names: names.sort(), complete };
  });
}

/** @throws KafkaProtocolError while there may be groups that no broker lists */
function assertCoordinated({ errorCode, partitions }: ClusterMetadata['topics'][number]): void {
  // Nobody has committed anything yet.
  if (errorCode === Code.UnknownTopicOrPartition) return;
  // Who may list all groups need not be allowed to see where they are kept: such a user is not asked for more rights.
  if (errorCode === Code.TopicAuthorizationFailed) return;
  throwOnError('Metadata', errorCode, GROUPS_TOPIC);
  const lost = partitions.find(({ leader }) => leader < 0);
  if (lost === undefined) return;
  const advice = 'consumer groups in it cannot be seen until it has a leader. Bring back the brokers that have it';
  throw new KafkaProtocolError('Metadata', Code.LeaderNotAvailable, `${GROUPS_TOPIC}-${lost.partition}`, advice);
}
