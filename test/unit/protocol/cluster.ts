import type { Sent } from './entry.ts';
import * as partition from './partition-log.ts';
import { Code, endOfLog, producerState, type Appended, type PartitionLog } from './partition-log.ts';

/**
 * The one transactional id, as its coordinator has it. `committing` and `aborting`: the decision is on record, its marker
 * is on the way to the replicas.
 */
export interface Coordinator {
  /** Newest epoch of our producer id; -1 before the first InitProducerId. */
  readonly epoch: number;
  readonly state: 'empty' | 'open' | 'committing' | 'aborting' | 'committed' | 'aborted';
}

/** The Kafka cluster: one partition and the coordinator. */
export interface Cluster {
  readonly log: PartitionLog;
  readonly coordinator: Coordinator;
}

export const newCluster: Cluster = { log: partition.emptyLog, coordinator: { epoch: -1, state: 'empty' } };

/** `wait`: the coordinator answers CONCURRENT_TRANSACTIONS until the markers of the last transaction are written. */
export type Answer<Outcome extends string> = { readonly cluster: Cluster; readonly is: Outcome | 'wait' };

const isEnding = ({ state }: Coordinator): boolean => state === 'committing' || state === 'aborting';

/** The decision, and the marker on its way: appended at once, done when it is replicated. */
function ending(cluster: Cluster, commit: boolean, epoch: number): Cluster {
  const log = partition.appendMarker(cluster.log, commit, epoch);
  return { log, coordinator: { epoch, state: commit ? 'committing' : 'aborting' } };
}

/** EndTxn, once: `started` says that the decision was made now. TransactionCoordinator.endTransaction. */
export function endTxn(
  cluster: Cluster,
  epoch: number,
  commit: boolean,
): Answer<'started' | 'ended' | 'nothing-open' | 'fenced'> {
  const { coordinator } = cluster;
  if (epoch !== coordinator.epoch) return { cluster, is: 'fenced' };
  if (coordinator.state === 'open') return { cluster: ending(cluster, commit, epoch), is: 'started' };
  if (isEnding(coordinator)) return { cluster, is: 'wait' };
  return { cluster, is: coordinator.state === (commit ? 'committed' : 'aborted') ? 'ended' : 'nothing-open' };
}

/** InitProducerId: the next epoch. An open transaction is aborted first, under an epoch in between. */
export function initProducerId(cluster: Cluster): Answer<'bumped' | 'aborting'> {
  const { coordinator } = cluster;
  if (isEnding(coordinator)) return { cluster, is: 'wait' };
  const epoch = coordinator.epoch + 1;
  if (coordinator.state === 'open') return { cluster: ending(cluster, false, epoch), is: 'aborting' };
  return { cluster: { ...cluster, coordinator: { epoch, state: 'empty' } }, is: 'bumped' };
}

/** AddPartitionsToTxn for the partition. */
export function addPartition(cluster: Cluster, epoch: number): Answer<'added' | 'fenced'> {
  const { coordinator } = cluster;
  if (epoch !== coordinator.epoch) return { cluster, is: 'fenced' };
  if (isEnding(coordinator)) return { cluster, is: 'wait' };
  return { cluster: { ...cluster, coordinator: { epoch, state: 'open' } }, is: 'added' };
}

/** `transaction.timeout.ms` is over: the coordinator aborts, under an epoch that nobody has. */
export const timeOut = (cluster: Cluster): Cluster => ending(cluster, false, cluster.coordinator.epoch + 1);

/**
 * Produce of one batch to the leader.
 * @param verifies from 3.6 on a leader asks the coordinator about a transaction that it does not know to be open
 */
export function produce(cluster: Cluster, sent: Sent, verifies: boolean): Appended {
  const { log, coordinator } = cluster;
  if (verifies && producerState(log)?.open !== true) {
    const refused = { log, offset: -1 };
    if (sent.epoch < coordinator.epoch) return { ...refused, code: Code.Fenced };
    if (coordinator.state !== 'open') return { ...refused, code: Code.InvalidTxn };
  }
  return partition.append(log, sent);
}

/** Everything is replicated, markers too: what was being ended is ended. */
export function replicate(cluster: Cluster): Cluster {
  return { log: partition.replicate(cluster.log), coordinator: ended(cluster.coordinator) };
}

function ended(coordinator: Coordinator): Coordinator {
  if (!isEnding(coordinator)) return coordinator;
  return { ...coordinator, state: coordinator.state === 'committing' ? 'committed' : 'aborted' };
}

export const isReplicated = ({ log }: Cluster): boolean => !log.lagging && log.replicated === endOfLog(log);

/** A new leader that has the log up to this offset. The coordinator writes a marker again that was lost on the way. */
export function elect(cluster: Cluster, upTo: number): Cluster {
  const { coordinator } = cluster;
  const log = partition.elect(cluster.log, upTo);
  const newestMarker = cluster.log.entries.findLastIndex(({ header }) => header.control);
  if (!isEnding(coordinator) || newestMarker < log.entries.length) return { log, coordinator };
  return { log: partition.appendMarker(log, coordinator.state === 'committing', coordinator.epoch), coordinator };
}
