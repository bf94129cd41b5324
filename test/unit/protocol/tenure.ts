import { addPartition, endTxn, initProducerId } from './cluster.ts';
import type { Move, Place, Writer } from './world.ts';
import { asked, go, ifNewest, lost, type Turn } from './writer.ts';

/** DescribeTransactions: who holds the transactional id. */
export function askForHolder(turn: Turn): Move[] {
  const { epoch } = turn.world.cluster.coordinator;
  // Whoever opens the report after this look will have a newer epoch than the one that was read before it.
  return [
    {
      name: 'asks for the holder',
      to: () => ifNewest(turn, turn.rules.policy.looksAfterHolder, { at: 'commit forward', epoch }),
    },
  ];
}

/** EndTxn for the writer before, and again until its markers are written. */
export function commitForward(turn: Turn): Move[] {
  const { world, writer, rules } = turn;
  const { commitsBeforeBump, endsBy } = rules.policy;
  const next = commitsBeforeBump ? 'bump' : afterBump(turn);
  const answer = endTxn(world.cluster, writer.epoch, endsBy === 'commit');
  return asked(turn, 'EndTxn forward', answer, (is) => ({
    at: is === 'started' && writer.at === 'commit forward' ? 'await the commit forward' : next,
  }));
}

/**
 * InitProducerId. One that has aborted a transaction is asked again; if somebody has opened another one meanwhile, its time
 * is up (without this bound two processes could abort each other for ever, by a schedule that no clock would keep up).
 */
export function bump(turn: Turn): Move[] {
  const { world, writer, rules } = turn;
  const { bumpsAfterPurge, commitsBeforeBump } = rules.policy;
  const next = (epoch: number): Partial<Writer> => ({
    at: commitsBeforeBump ? afterBump(turn) : 'ask for the holder',
    epoch,
    hasAborted: false,
  });
  if (!bumpsAfterPurge && (writer.partition === null || writer.hasPurged)) {
    return [{ name: 'keeps the epoch', to: () => go(turn, next(world.cluster.coordinator.epoch)) }];
  }
  const { is, cluster } = initProducerId(world.cluster);
  switch (is) {
    case 'wait':
      return [];
    case 'bumped':
      return [{ name: 'InitProducerId', to: () => go(turn, next(cluster.coordinator.epoch), cluster) }];
    case 'aborting':
      return writer.hasAborted
        ? [{ name: 'InitProducerId in vain', to: () => lost(turn) }]
        : [{ name: 'InitProducerId aborts', to: () => go(turn, { hasAborted: true }, cluster) }];
  }
}

/** Epoch 0 is taken for the claim; who holds a later one has taken the target over, and may have written. */
function afterBump({ writer, rules }: Turn): Place {
  const { fences } = rules.policy;
  const onRecord = writer.partition === null || writer.record !== null;
  const mayHaveWritten = onRecord || (fences === 'holders' && writer.epoch > 0);
  return mayHaveWritten && fences !== 'nobody' ? 'add to fence' : afterFence(writer);
}

const afterFence = ({ partition }: Writer): Place => {
  if (partition === null) return 'begin';
  return partition.purgeTo === null ? 'scan' : 'finish a purge';
};

/** A commit without records: it works for the newest epoch only, and its marker carries that to the leader. */
export function fence(turn: Turn): Move[] {
  const { world, writer } = turn;
  switch (writer.at) {
    case 'add to fence':
    case 'add to confirm':
      return asked(turn, 'AddPartitionsToTxn', addPartition(world.cluster, writer.epoch), () => ({
        at: writer.at === 'add to fence' ? 'commit to fence' : 'commit to confirm',
      }));
    default: {
      const next = writer.at === 'commit to fence' ? afterFence(writer) : 'purge';
      return asked(turn, 'EndTxn', endTxn(world.cluster, writer.epoch, true), (is) => ({
        at: is === 'started' ? writer.at : next,
      }));
    }
  }
}
