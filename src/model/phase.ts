/**
 * The state machine of a Restore as a person sees it in `status.phase`.
 *
 * ```
 * Draft -> Ready -> Initializing -> Restoring -> Done
 *                        |   ^          |  ^
 *                        v   |          v  |
 *                       Waiting, Paused (and back)
 * ```
 * Invalid is reached from Draft and Ready, and left as soon as the resources are right. Failed and Done are ends; deleting
 * the Job starts the Restore again from either of them.
 */
export const phases = {
  /** Created, but no topic mapping is defined: nothing to do yet. */
  Draft: 'Draft',
  /** Complete, but `spec.enabled` is false and it never started. */
  Ready: 'Ready',
  /** The Restore, or something that it refers to, is missing or wrong. Nothing was written; it goes on once corrected. */
  Invalid: 'Invalid',
  /** A Job is being made, or its pod is not yet at work. */
  Initializing: 'Initializing',
  /** A pod copies records, or proves what it copied. */
  Restoring: 'Restoring',
  /** Something is away (Kafka, storage, volume) or held (a person must agree). Goes on by itself, or by the approval. */
  Waiting: 'Waiting',
  /** Started, then stopped by `spec.enabled: false` or the signal `pause`: flushed, checkpointed, no pod. */
  Paused: 'Paused',
  /** Ended by an error that needs a change by a person. Deleting the Job tries again from the last checkpoint. */
  Failed: 'Failed',
  /** Every record of the archive is in the target, once, and that is proved. */
  Done: 'Done',
} as const;

export type Phase = keyof typeof phases;

/** What stands in `status.message`, the first column of `kubectl get restore.rekindle.dev`. */
export const phaseMessage: Readonly<Record<Phase, string>> = {
  ...phases,
  Restoring: '🚀 Restoring',
};

/**
 * Whether the Restore has come to an end: nothing happens until its Job is deleted.
 * @param phase undefined before anybody has said one
 */
export function isEnd(phase: Phase | undefined): boolean {
  return phase === phases.Done || phase === phases.Failed;
}
