/**
 * The catalogue of reasons: one stable word for each way in which a Restore can wait, hold or fail. The same word stands
 * in the status, the log and the report.
 */
export const reasons = {
  // Waiting: the world is expected to come back; tried again for ever.
  KafkaUnreachable: 'waiting',
  WaitingForReplicas: 'waiting',
  StorageUnreachable: 'waiting',
  ReportUnwritable: 'waiting',
  TargetClaimed: 'waiting',

  // Preflight: refused before anything is written.
  TopicNotInArchive: 'refused',
  TopicMissing: 'refused',
  TooFewPartitions: 'refused',
  TargetNotEmpty: 'refused',
  TargetUnguarded: 'refused',
  MessageTooLarge: 'refused',
  BatchNotVerbatim: 'refused',
  NotAuthorized: 'refused',
  InvalidConfiguration: 'refused',

  // Integrity of the archive: nothing is guessed.
  ArchiveMissing: 'failed',
  SegmentMissing: 'failed',
  SegmentDamaged: 'failed',
  IndexDamaged: 'failed',
  ArchiveChanged: 'failed',
  ArchiveInUse: 'failed',

  // The report.
  ReportOfAnotherRestore: 'failed',
  ReportDamaged: 'failed',
  ReportTakenOver: 'stopped',

  // The target: halts by name, never silently.
  Fenced: 'stopped',
  ProducerUnclaimed: 'stopped',
  TargetUnclaimed: 'stopped',
  TargetReplaced: 'held',
  TargetTruncated: 'held',
  ClaimMissing: 'held',
  TargetInUse: 'held',
  ResetNeedsApproval: 'held',
  GuardReverted: 'held',
  RetentionHeld: 'held',
  TargetDamaged: 'failed',
  LedgerRepeat: 'failed',
  LedgerHole: 'failed',
  BatchRefused: 'failed',

  // Around the pod, as the operator and the workflow see it.
  TemporalUnreachable: 'waiting',
  TemporalRefused: 'waiting',
  WorkflowSilent: 'waiting',
  JobRefused: 'waiting',
  JobSuspended: 'waiting',
  ReportMissing: 'waiting',
  ReportTerminating: 'waiting',
  ReportNotBound: 'waiting',
  PodLeaving: 'waiting',
  PodUnschedulable: 'waiting',
  PodHindered: 'waiting',
  PodSilent: 'waiting',
  ImageUnavailable: 'waiting',
  SecretMissing: 'waiting',
  JobDeleted: 'stopped',
  OrderOutdated: 'stopped',
  PodLost: 'stopped',
  PodDisrupted: 'stopped',
  PodKilled: 'stopped',
  PodFailed: 'stopped',
  OutOfMemory: 'failed',
  RestoreGone: 'stopped',

  Cancelled: 'stopped',
  Internal: 'failed',
} as const;

export type Reason = keyof typeof reasons;

/**
 * What follows from a reason: `waiting` is tried again, `refused` wrote nothing, `failed` needs a change by a person,
 * `held` waits for a person's approval, `stopped` ends this process only.
 */
export type Consequence = (typeof reasons)[Reason];

/** An error as a sentence for the person who must act, with its stable reason. */
export class RekindleError extends Error {
  readonly reason: Reason;

  constructor(reason: Reason, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = reason;
    this.reason = reason;
  }

  get consequence(): Consequence {
    return reasons[this.reason];
  }
}
