import { gapsOf } from '../../../src/engine/proof.ts';
import { RekindleError, type Reason } from '../../../src/model/reasons.ts';
import { isReplicated } from './cluster.ts';
import { isForeign, recordsOf } from './entry.ts';
import { endOfLog, read } from './partition-log.ts';
import type { Move, Rules, World } from './world.ts';
import { gone, halted, isOwner, partitionOf, type Turn } from './writer.ts';

/** The proof, and Done. Nobody listens to an old process. */
export function prove(turn: Turn): Move[] {
  const { world, writer, rules } = turn;
  if (!isReplicated(world.cluster)) return [];
  return [
    {
      name: 'proves',
      to: () => {
        const refuted = refutation(turn);
        if (refuted !== null) return halted(turn, refuted);
        const done: World = { ...gone(turn), end: { as: 'Done' } };
        return isOwner(world, writer) ? done : gone(turn);
      },
    },
  ];

  function refutation({ writer: prover }: Turn): Reason | null {
    const { log } = world.cluster;
    const { runs, start, last } = partitionOf(prover);
    const end = last === null ? start : last.offset + last.count;
    const stray = strayIn(turn, rules, end);
    if (stray !== null) return stray;
    const firstOffset = runs[0]?.[2] ?? start;
    if (firstOffset < log.start) return 'TargetTruncated';
    return last === null || isThere(turn, last, end) ? null : 'TargetTruncated';
  }
}

/** The ledger covers the plan, and between and behind its runs stands nothing of ours but markers. */
function strayIn({ world, writer }: Turn, { plan }: Rules, end: number): Reason | null {
  const { log } = world.cluster;
  const { runs, start } = partitionOf(writer);
  try {
    const gaps = [...gapsOf('the partition', runs, start, recordsOf(plan)), { from: end, to: endOfLog(log) }];
    const isStray = gaps.some(({ from, to }) => read(log, from, to).some(({ sent }) => sent !== null));
    return isStray ? 'LedgerRepeat' : null;
  } catch (error) {
    if (error instanceof RekindleError) return error.reason;
    throw error;
  }
}

/** The last batch stands where it was acknowledged, and the first marker behind it is a commit. */
function isThere({ world, rules }: Turn, last: { offset: number; crc: number }, end: number): boolean {
  const { log } = world.cluster;
  const [found] = read(log, last.offset, end);
  const stands = found?.header.baseOffset === last.offset && found.header.crc === last.crc;
  const marker = read(log, end, endOfLog(log)).find((entry) => !isForeign(entry) && entry.header.control);
  return stands && (marker?.commitMarker === true || !rules.policy.looksAtMarker);
}
