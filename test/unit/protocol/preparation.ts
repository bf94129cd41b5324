import { emptyPartition } from '../../../src/model/report.ts';
import { initProducerId } from './cluster.ts';
import { isForeign } from './entry.ts';
import { read } from './partition-log.ts';
import type { Known, Move, Rules, World, Writer } from './world.ts';
import { go, halted, ifNewest, takingOver, written, type Turn } from './writer.ts';

/**
 * A new process opens the report: RestoreRun.open. What older ones write into theirs is read by nobody from now on, unless
 * its own is torn.
 * @param known what the newest process has written
 */
export function started(world: World, known: Known, rules: Rules): World {
  const { report, claimed, cluster } = world;
  const { producer, partition } = known;
  const writer: Writer = {
    id: report.owner + 1,
    at: 'claim',
    record: producer,
    partition,
    epoch: -1,
    leaderEpoch: cluster.log.leaderEpoch,
    hasAborted: false,
    purgeTo: 0,
    hasPurged: false,
    requests: null,
    history: [],
    acknowledged: 0,
  };
  // A claim of a run whose report is gone: its writers are taken over and fenced before anything is purged.
  const current = partition !== null || claimed ? takingOver(writer, cluster, rules) : writer;
  return {
    ...world,
    report: {
      owner: writer.id,
      exists: true,
      before: report.exists ? known : null,
      ...known,
      noted: [],
    },
    current,
  };
}

/** Preflight: the producer id is claimed before anything is written; the first one is taken for that. */
export function claim(turn: Turn): Move[] {
  const claiming = { ...turn, world: { ...turn.world, claimed: true } };
  const { coordinator } = turn.world.cluster;
  const { cluster } = coordinator.epoch < 0 ? initProducerId(turn.world.cluster) : turn.world;
  return [
    {
      name: 'claims',
      to: () => go({ ...claiming, world: { ...claiming.world, cluster } }, { at: 'begin' }),
    },
  ];
}

/** Where the partition begins: at the end of its log, once records of an earlier run are purged. beginTopic. */
export function begin(turn: Turn): Move[] {
  const { log } = turn.world.cluster;
  // ListOffsets waits while a new leader's high watermark lags behind (KIP-207).
  if (log.lagging) return [];
  const purgeTo = log.replicated;
  const standing = read(log, log.start, purgeTo);
  if (standing.length === 0) return [{ name: 'begins', to: () => begun(turn, purgeTo, turn.world) }];
  if (standing.some(isForeign)) {
    return [{ name: 'finds records of others', to: () => halted(turn, 'ResetNeedsApproval') }];
  }
  // Without an earlier run there is no epoch to confirm the purge with.
  const at = turn.writer.epoch >= 0 ? 'add to confirm' : 'purge';
  const { looksBeforePurge } = turn.rules.policy;
  return [{ name: 'finds records of its own', to: () => ifNewest(turn, looksBeforePurge, { at, purgeTo }) }];
}

/** The report says where the partition begins. */
export function begun(turn: Turn, start: number, { cluster }: Pick<World, 'cluster'>): World {
  const { writer, rules } = turn;
  const partition = emptyPartition(0, start);
  const next = takingOver({ ...writer, record: null, partition }, cluster, rules);
  return written(turn, next, cluster);
}
