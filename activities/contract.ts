import type { Audited } from '../src/engine/audit.ts';
import type { DeliveryKind } from '../src/model/order.ts';
import type { GivenSignal } from '../src/model/audit.ts';
import type { Claim } from '../src/model/claim.ts';
import type { Approval } from '../src/model/holds.ts';
import type { JobFacts } from '../src/model/observation.ts';
import type { PodProgress } from '../src/model/pod-progress.ts';
import type { Reason } from '../src/model/reasons.ts';
import type { Newer } from '../src/model/status-order.ts';
import type { StatusReport } from '../src/model/status-report.ts';
import type { JobRef, RestoreRef, Trouble } from '../src/model/state.ts';

/**
 * What the workflow asks of the operator: the Kubernetes API only. A Restore is addressed by namespace, name and UID and
 * read anew each time; whatever else comes in is data to write down, never an address and never a permission.
 */
export interface ControlActivities {
  /**
   * Makes the Job of this attempt, or finds the living one. Refused, with the reason, while the Restore does not allow a
   * Job or the API server shows that something of an earlier attempt is in the way.
   */
  ensureJob(request: { restore: RestoreRef; attempt: number }): Promise<EnsuredJob>;
  /** The Job and its pod as the API server has them now; null if the Job is gone. The only proof of absence. */
  confirmJob(request: { restore: RestoreRef; job: JobRef }): Promise<JobFacts | null>;
  /** Deletes this very Job, its pod, and the order that it was given. Without effect if it is gone. */
  deleteJob(request: { restore: RestoreRef; job: JobRef }): Promise<void>;
  /** What earlier incarnations and attempts of this Restore have claimed. */
  recallClaims(request: { restore: RestoreRef }): Promise<Claim[]>;
  /** Why the claim would be refused now; null if it would not. Fails with `OrderOutdated` as `claimTargets` does. */
  checkClaim(request: { restore: RestoreRef; claim: Claim }): Promise<Trouble | null>;
  /**
   * Writes the claim down before anything is written to Kafka, and says in the status that the Restore has started: from
   * then on it cannot be changed. Refused while another living Restore holds a topic of it; such a Restore has not started.
   * Fails with `OrderOutdated` where the Restore does not say any more what its Job was made for.
   */
  claimTargets(request: { restore: RestoreRef; claim: Claim }): Promise<Trouble | null>;
  /** Whether the Restore bears this approval now. */
  confirmApproval(request: { restore: RestoreRef; value: string }): Promise<boolean>;
  /** Takes an approval that was acted on away from the Restore; another one stays. */
  removeApproval(request: { restore: RestoreRef; value: string }): Promise<void>;
  /** Writes the status, unless a newer one stands there already: then that one's place is returned. */
  publishStatus(report: StatusReport): Promise<Published>;
  /** Writes the last numbers of a pod that ends; those in between come from its heartbeats. */
  publishProgress(request: { restore: RestoreRef; progress: PodProgress }): Promise<void>;
}

export type EnsuredJob = { readonly job: JobRef; readonly attempt: number } | { readonly refused: Trouble };

export type Published = 'written' | { readonly newer: Newer };

/** What the workflow asks of the pod. Each can be asked again at any time: the pod does it once. */
export interface RestoreActivities {
  /**
   * Opens the report with the next epoch and says on which queue this very pod takes the rest. On an errand the plan stays
   * as it is: only `closeReport` follows.
   */
  openReport(request: { attempt: number; errand?: boolean }): Promise<OpenedReport>;
  /** Looks for everything that can be known to go wrong. Nothing is written to Kafka. */
  preflight(request: Approved & { claims: Claim[] }): Promise<{ findings: Finding[]; claim: Claim }>;
  /** Creates and guards topics, purges what is to be written anew. Returns the claim with the topics' ids. */
  prepareTarget(request: Approved & { claim: Claim }): Promise<Claim>;
  /**
   * Watches over the restore for up to 60 s; it goes on between two of these. Returns early when it is done, when it begins
   * or ceases to wait for something, and when it has got past what it held for.
   */
  restoreChunk(request: Approved & Seen & { waiting: boolean }): Promise<Chunk>;
  /** Proves that every record is in the target, once. */
  prove(): Promise<Proof>;
  /**
   * Ends the run: puts the topics' configuration back unless it is paused, closes the report, lets the process end. Only
   * `Done` fails if the configuration cannot be put back.
   */
  closeReport(request: Closing & Seen): Promise<ClosedReport>;
}

interface Approved {
  /** What a person has agreed to, of what the Restore holds for. */
  readonly approved?: Approval | null;
}

/** What the operator has seen of the pod, and a pod cannot know of itself. */
interface Seen {
  /** Digest of the image that it runs; null or absent before that was seen. */
  readonly imageId?: string | null;
}

export interface OpenedReport {
  /** Task queue of this very pod. */
  readonly queue: string;
  readonly podUid: string;
  readonly epoch: number;
  /** All is done: this pod only gives the topics their configuration back. */
  readonly errand?: boolean;
  /** How it writes; absent in the answer of a pod of an earlier version, which is Transactional. */
  readonly delivery?: DeliveryKind;
  readonly resumedFromRecords: number;
  readonly totalRecords: number;
  readonly totalBytes: number;
  readonly partitions: number;
}

export interface Finding {
  readonly reason: Reason;
  readonly topic: string;
  readonly partition?: number;
  readonly message: string;
}

export interface Chunk {
  readonly done: boolean;
  /** The restore has not got past yet what it held for. */
  readonly held?: boolean;
  readonly progress: PodProgress;
}

export interface Proof {
  readonly at: string;
  readonly records: number;
  readonly runs: number;
  /** Offsets that other producers wrote in between. */
  readonly foreign: number;
}

export type Closing =
  | ({ readonly as: 'Done' } & OnRecord & Approved & Ended)
  | { readonly as: 'Paused' }
  | ({ readonly as: 'Deleted' } & OnRecord)
  | ({ readonly as: 'Failed'; readonly trouble: { readonly reason: Reason; readonly message: string } } & OnRecord &
      Ended);

interface Ended {
  /** Signals that the Restore was given, for the audit. */
  readonly signals?: readonly GivenSignal[];
}

interface OnRecord {
  /** What was claimed before, if a pod may have guarded topics, and this one has not prepared them itself. */
  readonly claims?: readonly Claim[];
}

export interface ClosedReport {
  /**
   * All topics have the configuration again that they are to have in the end, but for what is held. Absent in the answer
   * of a pod of an earlier version, which has put it back unless the restore failed.
   */
  readonly putBack?: boolean;
  /** Topics whose retention stays off, because it would delete restored records. */
  readonly held: readonly { readonly topic: string; readonly message: string }[];
  /** How Done was proved; null if it was not. */
  readonly proof?: Pick<Proof, 'records' | 'foreign'> | null;
  /** What became of the audit; absent when the Restore has not ended. */
  readonly audit?: Audited;
  /** How far it came; null if the report was never opened. */
  readonly progress: PodProgress | null;
}
