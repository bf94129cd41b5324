import { isReplicated } from './cluster.ts';
import { isForeign } from './entry.ts';
import { endOfLog, highWatermark, purge, read } from './partition-log.ts';
import { begun } from './preparation.ts';
import { readTail, type Tail } from './tail.ts';
import type { Move } from './world.ts';
import { go, halted, ifNewest, ledgerOf, partitionOf, written, type Turn } from './writer.ts';

/**
 * Reads the tail once everything is replicated: replicatedEnds, readTails.
 * @param batches after which the look is interrupted
 * @returns null as long as something is not replicated
 */
export function lookFor({ world, writer, rules }: Turn, batches = Infinity): Tail | null {
  const { log } = world.cluster;
  const toEnd = rules.policy.scansTo === 'leader end';
  if (toEnd && !isReplicated(world.cluster)) return null;
  const end = toEnd ? endOfLog(log) : highWatermark(log);
  return readTail(log, partitionOf(writer), writer.record, { end, batches }, rules);
}

export function scan(turn: Turn): Move[] {
  const { rules } = turn;
  const tail = lookFor(turn);
  switch (tail?.is) {
    case undefined:
    case 'interrupted':
      return [];
    case 'halt':
      return [{ name: 'reads the tail', to: () => halted(turn, tail.reason) }];
    case 'aborted':
      return findsAborted(turn);
    case 'read':
      return [
        {
          name: 'reads the tail',
          to: () => ifNewest(turn, rules.policy.looksAfterBump, { at: 'note the epoch', partition: tail.partition }),
        },
      ];
  }
}

/** Records of an aborted transaction: the partition is purged, if all of it is ours, and begun again. redo. */
function findsAborted(turn: Turn): Move[] {
  const { log } = turn.world.cluster;
  const purgeTo = log.replicated;
  if (log.lagging) return [];
  if (read(log, log.start, purgeTo).some(isForeign)) {
    return [{ name: 'finds records of others to purge', to: () => halted(turn, 'ResetNeedsApproval') }];
  }
  return [{ name: 'finds aborted records', to: () => go(turn, { at: 'note the purge', purgeTo }) }];
}

/** What is about to be deleted stands in the report first; then it is looked who is the newest. */
export function notePurge(turn: Turn): Move[] {
  const { writer, rules } = turn;
  const { notesPurge, looksBeforePurge } = rules.policy;
  const at = 'add to confirm';
  const partition = { ...partitionOf(writer), purgeTo: writer.purgeTo };
  return [
    {
      name: 'notes the purge',
      to: () => {
        const world = notesPurge ? written(turn, { partition }) : turn.world;
        return ifNewest({ ...turn, world }, looksBeforePurge, notesPurge ? { at, partition } : { at });
      },
    },
  ];
}

/** DeleteRecords, of a start from zero or of a partition that is begun again. */
export function purged(turn: Turn): Move[] {
  const { world, writer } = turn;
  const to = (writer.at === 'finish a purge' ? writer.partition?.purgeTo : null) ?? writer.purgeTo;
  const { log } = world.cluster;
  if (writer.at === 'finish a purge' && !isReplicated(world.cluster)) return [];
  // Nothing can be deleted behind the high watermark.
  if (to > log.replicated) return [{ name: 'DeleteRecords: out of range', to: () => halted(turn, 'TargetTruncated') }];
  const cluster = { ...world.cluster, log: purge(log, to) };
  return [
    {
      name: 'DeleteRecords',
      to: () => {
        if (writer.partition === null)
          return begun({ ...turn, writer: { ...writer, hasPurged: true } }, to, { cluster });
        const ledger = ledgerOf(writer.partition);
        ledger.restart(to);
        const at = writer.at === 'finish a purge' ? 'scan' : 'note the epoch';
        return go(turn, { at, partition: ledger.report }, cluster);
      },
    },
  ];
}

/** The report gets the new epoch and where it begins, before its first record. */
export function noteEpoch(turn: Turn): Move[] {
  const { epoch, partition } = turn.writer;
  const record = { epoch, base: partition?.acknowledged ?? 0 };
  return [{ name: 'notes its epoch', to: () => written(turn, { at: 'add', record }) }];
}
