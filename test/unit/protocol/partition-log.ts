import { dataEntry, endOf, foreignEntry, isForeign, markerEntry, type Entry, type Sent } from './entry.ts';

/** The log of one partition as its leader has it. Immutable: every change makes another one. */
export interface PartitionLog {
  readonly entries: readonly Entry[];
  /** First offset that is kept; what lies before was deleted. */
  readonly start: number;
  /** Everything before this offset is on all in-sync replicas. */
  readonly replicated: number;
  /** A new leader does not know yet how far the replicas are: its high watermark lags behind what is replicated. */
  readonly lagging: boolean;
  readonly leaderEpoch: number;
  /** The broker has forgotten the producers of so many entries. */
  readonly forgotten: number;
}

export const emptyLog: PartitionLog = {
  entries: [],
  start: 0,
  replicated: 0,
  lagging: false,
  leaderEpoch: 0,
  forgotten: 0,
};

export const endOfLog = ({ entries, start }: PartitionLog): number => {
  const last = entries.at(-1);
  return last === undefined ? start : Math.max(start, endOf(last));
};

/** What a Fetch shows. A new leader's knowledge may be as old as its last fetch: the worst case is that it shows nothing. */
export const highWatermark = ({ replicated, lagging, start }: PartitionLog): number => (lagging ? start : replicated);

/** What a scan from one offset up to another brings: the first entry is the one that holds the first offset. */
export const read = (log: PartitionLog, from: number, to: number): Entry[] =>
  log.entries.filter((entry) => endOf(entry) > Math.max(from, log.start) && entry.header.baseOffset < to);

/** What the leader remembers of our producer; null if nothing. */
interface ProducerState {
  readonly epoch: number;
  /** The last five batches of this epoch. */
  readonly batches: readonly Entry[];
  /** A transaction is open on this partition. */
  readonly open: boolean;
}

/**
 * Rebuilt from the log, as a broker does it after a restart. A marker with a newer epoch begins that epoch without batches
 * (ProducerAppendInfo.appendEndTxnMarker): from then on the older epoch is refused, and the new one begins with sequence 0.
 */
export function producerState({ entries, forgotten }: PartitionLog): ProducerState | null {
  let state: ProducerState | null = null;
  for (const entry of entries.slice(forgotten)) {
    if (isForeign(entry)) continue;
    const epoch = entry.header.producerEpoch;
    const batches: readonly Entry[] = state?.epoch === epoch ? state.batches : [];
    state =
      entry.sent === null
        ? { epoch, batches, open: false }
        : { epoch, batches: [...batches, entry].slice(-5), open: true };
  }
  return state;
}

/** Codes of the protocol that an append is answered with. */
export const Code = {
  None: 0,
  NotLeader: 6,
  NotEnoughReplicas: 19,
  OutOfOrder: 45,
  Fenced: 47,
  InvalidTxn: 48,
} as const;

export interface Appended {
  readonly log: PartitionLog;
  readonly code: number;
  /** Offset at which the batch stands; -1 if it was refused. */
  readonly offset: number;
}

/**
 * Appends a batch by the rules of ProducerStateManager: the same epoch, first and last sequence as one of the last five
 * batches is acknowledged with the offset of that one and not written, whatever its bytes are; an older epoch is refused;
 * a gap is refused; where nothing is remembered, any sequence is accepted.
 */
export function append(log: PartitionLog, sent: Sent): Appended {
  const state = producerState(log);
  const refuse = (code: number): Appended => ({ log, code, offset: -1 });
  if (state !== null) {
    const same = state.epoch === sent.epoch;
    const twin = state.batches.find((b) => same && b.sent?.first === sent.first && b.sent.last === sent.last);
    if (twin !== undefined) return { log, code: Code.None, offset: twin.header.baseOffset };
    if (sent.epoch < state.epoch) return refuse(Code.Fenced);
    const next = same ? (state.batches.at(-1)?.sent?.last ?? -1) + 1 : 0;
    if (sent.first !== next) return refuse(Code.OutOfOrder);
  }
  const offset = endOfLog(log);
  return { log: grown(log, dataEntry(sent, offset, log.leaderEpoch)), code: Code.None, offset };
}

export const appendMarker = (log: PartitionLog, commit: boolean, epoch: number): PartitionLog =>
  grown(log, markerEntry(commit, epoch, endOfLog(log), log.leaderEpoch));

export const appendForeign = (log: PartitionLog): PartitionLog =>
  grown(log, foreignEntry(endOfLog(log), log.leaderEpoch));

const grown = (log: PartitionLog, entry: Entry): PartitionLog => ({ ...log, entries: [...log.entries, entry] });

/** The replicas fetch everything, and the leader learns of it. */
export const replicate = (log: PartitionLog): PartitionLog => ({ ...log, replicated: endOfLog(log), lagging: false });

/**
 * Another leader, which has the log up to this offset. Clean if that is not below `replicated`; unclean (a replica that
 * was not in sync, or a broker that lost its disk's cache) cuts off what was acknowledged.
 */
export function elect(log: PartitionLog, upTo: number): PartitionLog {
  const entries = log.entries.filter((entry) => endOf(entry) <= upTo);
  return {
    entries,
    start: Math.min(log.start, upTo),
    replicated: Math.min(log.replicated, upTo),
    lagging: true,
    leaderEpoch: log.leaderEpoch + 1,
    forgotten: Math.min(log.forgotten, entries.length),
  };
}

/** The producer's newest record is older than a day, and no transaction of it is open: the broker forgets it. */
export const forget = (log: PartitionLog): PartitionLog => ({ ...log, forgotten: log.entries.length });

/** DeleteRecords. What the broker knows of the producers stays. */
export const purge = (log: PartitionLog, before: number): PartitionLog => ({
  ...log,
  start: Math.max(log.start, Math.min(before, log.replicated)),
});
