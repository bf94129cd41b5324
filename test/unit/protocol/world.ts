import type { PlanBatch } from '../../../src/engine/ledger.ts';
import type { Reason } from '../../../src/model/reasons.ts';
import type { PartitionReport } from '../../../src/model/report.ts';
import type { Move as SearchMove } from '../search/search.ts';
import { newCluster, type Cluster } from './cluster.ts';
import type { Sent } from './entry.ts';
import type { Policy } from './policy.ts';

/** What holds for a whole search. */
export interface Rules {
  readonly plan: readonly PlanBatch[];
  readonly policy: Policy;
  /** Brokers from 3.6 on ask the coordinator about transactions that they do not know. */
  readonly verifies: boolean;
  /** Batches of a transaction; 'any': it may be committed after each. */
  readonly window: number | 'any';
}

/** The producer on record: `report.producer`, for the one partition. */
export interface ProducerRecord {
  readonly epoch: number;
  /** Plan index at which the epoch began. */
  readonly base: number;
}

/** What one process has written down. */
export interface Known {
  readonly producer: ProducerRecord | null;
  /** Null until the target was prepared. */
  readonly partition: PartitionReport | null;
}

/** The report as it is on disk. */
export interface Report extends Known {
  /** The process that opened it last: what an older one writes is read only if the file of this one is torn. */
  readonly owner: number;
  /** That process has a file; false before the first one, and after a start from zero. */
  readonly exists: boolean;
  /** The file of the process before that; null if there is none. */
  readonly before: Known | null;
  /**
   * What the newest process has acknowledged since its last write, batch by batch: any of it may have been written too,
   * for that is done every second. Which it was is decided when the report is read.
   */
  readonly noted: readonly Known[];
}

/** Where a writer is in its program: what it does next. */
export type Place =
  | 'claim'
  | 'ask for the holder'
  | 'commit forward'
  | 'await the commit forward'
  | 'bump'
  | 'add to fence'
  | 'commit to fence'
  | 'begin'
  | 'finish a purge'
  | 'scan'
  | 'note the purge'
  | 'add to confirm'
  | 'commit to confirm'
  | 'purge'
  | 'note the epoch'
  | 'add'
  | 'send'
  | 'commit'
  | 'prove';

/** One batch of a connection, in the order of sending. */
export interface Request {
  readonly sent: Sent;
  /** What the broker made of it; null while its bytes are on the way. */
  readonly result: { readonly code: number; readonly offset: number } | null;
}

/** One process at its work. */
export interface Writer {
  /** Epoch of its report. */
  readonly id: number;
  readonly at: Place;
  readonly record: ProducerRecord | null;
  /** Its ledger; null until it has prepared the target. */
  readonly partition: PartitionReport | null;
  /** Epoch that it ends transactions with: until the bump that of the writer before, then its own. */
  readonly epoch: number;
  /** Leader epoch that it was told when it began its takeover. */
  readonly leaderEpoch: number;
  /** Its InitProducerId has aborted a transaction already, and is asked again. */
  readonly hasAborted: boolean;
  /** Offset to purge up to. */
  readonly purgeTo: number;
  /** It began from zero, and purged. */
  readonly hasPurged: boolean;
  /** Requests of its connection to the leader; null when it has none. */
  readonly requests: readonly Request[] | null;
  /** What the pipeline has been through since the transaction began. */
  readonly history: readonly string[];
  /** Batches acknowledged since the transaction began. */
  readonly acknowledged: number;
}

/** Bytes that have left a process that is dead, frozen or has given its connection up: they may still arrive. */
export type Late =
  | { readonly is: 'batches'; readonly sent: readonly Sent[] }
  | { readonly is: 'EndTxn' | 'AddPartitionsToTxn'; readonly epoch: number }
  | { readonly is: 'InitProducerId' }
  | { readonly is: 'DeleteRecords'; readonly before: number };

/** How the run ended. */
export type End = { readonly as: 'Done' } | { readonly as: 'halted'; readonly reason: Reason; readonly at: Place };

/** What has happened that may be the cause of a halt, or of a purge. */
export type Cause =
  | 'truncation'
  | 'foreign'
  /** The coordinator has aborted a transaction because of its timeout. */
  | 'timeout'
  /** Somebody has deleted the report. */
  | 'reset'
  /** The newest report was torn. */
  | 'torn'
  /** A process that was taken for dead, or bytes of it, changed something after a newer one had started. */
  | 'latecomer';

export interface World {
  readonly cluster: Cluster;
  readonly report: Report;
  /** The restore has claimed the topic, outside of the report. */
  readonly claimed: boolean;
  /** The process that the control plane believes in. */
  readonly current: Writer | null;
  /** One that was frozen and taken for dead. It may wake up. */
  readonly zombie: Writer | null;
  readonly late: readonly Late[];
  readonly end: End | null;
  /** Faults that may still happen. */
  readonly faultsLeft: number;
  readonly causes: ReadonlySet<Cause>;
}

export const newWorld = (faults: number): World => ({
  cluster: newCluster,
  report: { owner: 0, exists: false, before: null, producer: null, partition: null, noted: [] },
  claimed: false,
  current: null,
  zombie: null,
  late: [],
  end: null,
  faultsLeft: faults,
  causes: new Set(),
});

export const because = (world: World, cause: Cause): World => ({
  ...world,
  causes: new Set([...world.causes, cause]),
});

export type Move = SearchMove<World>;
