import { provenLog } from '../../../src/engine/log-ends.ts';
import { gapsOf } from '../../../src/engine/runs.ts';
import { RekindleError, type Reason } from '../../../src/model/reasons.ts';
import { isReplicated } from './cluster.ts';
import { isForeign, recordsOf } from './entry.ts';
import { endOfLog, read } from './partition-log.ts';
import type { Move } from './world.ts';
import { gone, halted, isOwner, ledgerOf, partitionOf, type Turn } from './writer.ts';

/** The proof, and Done. Nobody listens to an old process. */
export function prove(turn: Turn): Move[] {
  const { world, writer } = turn;
  if (!isReplicated(world.cluster)) return [];
  return [
    {
      name: 'proves',
      to: () => {
        const refuted = refutation(turn);
        if (refuted !== null) return halted(turn, refuted);
        return isOwner(world, writer) ? { ...gone(turn), end: { as: 'Done' } } : gone(turn);
      },
    },
  ];
}

/** Why the target does not hold every record once; null if it does. */
function refutation(turn: Turn): Reason | null {
  const { log } = turn.world.cluster;
  const ledger = ledgerOf(partitionOf(turn.writer));
  const { runs, start } = ledger.report;
  try {
    const proven = provenLog({ plan: { name: 'the partition' }, ledger }, log.start, endOfLog(log));
    const gaps = gapsOf('the partition', runs, start, recordsOf(turn.rules.plan));
    // Between and behind the runs stands nothing of ours but markers.
    for (const { from, to } of [...gaps, { from: ledger.end, to: proven.end }]) {
      if (read(log, from, to).some(({ sent }) => sent !== null)) return 'LedgerRepeat';
    }
    return isLastThere(turn, ledger.end) ? null : 'TargetTruncated';
  } catch (error) {
    if (error instanceof RekindleError) return error.reason;
    throw error;
  }
}

/** The last batch stands where it was acknowledged, and the first marker behind it is a commit. */
function isLastThere({ world, writer, rules }: Turn, end: number): boolean {
  const { log } = world.cluster;
  const { last } = partitionOf(writer);
  if (last === null) return true;
  const [found] = read(log, last.offset, end);
  if (found?.header.baseOffset !== last.offset || found.header.crc !== last.crc) return false;
  const marker = read(log, end, endOfLog(log)).find((entry) => !isForeign(entry) && entry.header.control);
  return marker?.commitMarker === true || !rules.policy.looksAtMarker;
}
