import type { ProofKind } from '../model/order.ts';
import { RekindleError } from '../model/reasons.ts';
import type { ProofRecord } from '../model/report.ts';
import type { Logger } from '../telemetry/log.ts';
import { explained, OutcomeUnknown } from './failure.ts';
import type { GuardWatch } from './guard-watch.ts';
import type { Journal } from './journal.ts';
import type { RestoredPartition } from './partition.ts';
import { toldOften, type Progress, type Tell } from './progress.ts';
import { Proof } from './proof.ts';
import { sameTopics } from './replacement.ts';
import type { Step } from './steps.ts';
import type { TargetLink } from './target-link.ts';

/** What is waited for no longer than this needs no mention. Milliseconds. */
const MOMENT_MS = 5_000;

export interface ProvingOptions {
  readonly link: TargetLink;
  readonly journal: Journal;
  readonly guards: GuardWatch;
  readonly kind: ProofKind;
  /** All producer ids of this Restore; it grows. */
  readonly ownIds: ReadonlySet<number>;
  readonly logger: Logger;
  readonly step: Step;
  readonly restore: (options: { signal: AbortSignal; onProgress: Tell }) => Promise<unknown>;
  readonly progress: () => Progress;
}

/**
 * The proof of a run, whatever interrupts it: what was read stays read until something more is restored. What was without
 * its guards for a while is read again first; and where the log seems to have lost something, it is restored once more
 * before that is said: a takeover ends a transaction whose end was lost.
 */
export class Proving {
  private readonly options: ProvingOptions;
  private proof: Proof | null = null;
  private restoring = false;

  constructor(options: ProvingOptions) {
    this.options = options;
  }

  /** Records proved so far. */
  get records(): number {
    return this.proof?.records ?? 0;
  }

  /** Something is restored: what was read before, or is meanwhile, is not what stands there in the end. */
  async during<T>(restore: () => Promise<T>): Promise<T> {
    const { report } = this.options.journal;
    this.restoring = true;
    this.proof = null;
    report.proof = null;
    report.state = 'Restoring';
    try {
      return await restore();
    } finally {
      this.proof = null;
      this.restoring = false;
    }
  }

  /** See `RestoreRun.prove`. */
  async prove(partitions: readonly RestoredPartition[], signal: AbortSignal, onProgress: Tell): Promise<ProofRecord> {
    const { journal, guards, progress } = this.options;
    const { report } = journal;
    await journal.stillOurs();
    // First: what could not be restored may have been refused because of them.
    await guards.assertInForce();
    offerAgain(partitions);
    assertRestored(partitions);
    const prove = (stop: AbortSignal): Promise<ProofRecord> => this.provePatiently(partitions, stop, onProgress);
    let proof: ProofRecord;
    do {
      if (mustRestore(partitions)) await this.restoreAgain(partitions, signal, onProgress);
      // Reading takes hours perhaps: what came to pass meanwhile is looked at all the time, and at the end.
      proof = await toldOften(() => onProgress(progress()), guards.over(prove, signal));
      await guards.assertInForce();
    } while (mustRestore(partitions));
    await journal.stillOurs();
    signal.throwIfAborted();
    report.proof = proof;
    for (const { ledger } of partitions) ledger.prove();
    report.state = 'Proved';
    report.hold = null;
    await journal.write();
    return proof;
  }

  private async provePatiently(
    partitions: readonly RestoredPartition[],
    signal: AbortSignal,
    onProgress: Tell,
  ): Promise<ProofRecord> {
    const { journal, logger } = this.options;
    try {
      return await this.goOn(partitions, signal);
    } catch (error) {
      const mayPass = error instanceof RekindleError && error.reason === 'TargetTruncated';
      // Held for that already, it has been tried.
      if (!mayPass || journal.report.hold?.reason === 'TargetTruncated') throw error;
      logger.warn({ reason: error.reason }, error.message);
      await this.restoreAgain(partitions, signal, onProgress);
      return await this.goOn(partitions, signal);
    }
  }

  private async goOn(partitions: readonly RestoredPartition[], signal: AbortSignal): Promise<ProofRecord> {
    const { link, kind, ownIds, step } = this.options;
    const target = await link.connect();
    const { cluster, admin } = target;
    const topics = await sameTopics(target, this.options.journal.report);
    try {
      if (this.restoring) throw new OutcomeUnknown('something is being restored');
      const proof = (this.proof ??= new Proof(kind, partitions, ownIds));
      const mayArriveLate = this.options.journal.report.delivery === 'Idempotent';
      const proved = await proof.run({ cluster, admin, topics, mayArriveLate, step, signal });
      if (this.proof !== proof) throw new OutcomeUnknown('something was restored while it was proved');
      return proved;
    } catch (error) {
      throw explained(error);
    }
  }

  /** @throws RekindleError what is waited for, if that takes longer than a moment */
  private async restoreAgain(
    partitions: readonly RestoredPartition[],
    signal: AbortSignal,
    onProgress: Tell,
  ): Promise<void> {
    const waits = new AbortController();
    const tell = (progress: Progress): void => {
      onProgress(progress);
      const { waiting } = progress;
      if (waiting === null || Date.now() - Date.parse(waiting.since) < MOMENT_MS) return;
      waits.abort(new RekindleError(waiting.reason, waiting.message));
    };
    await this.options.restore({ signal: AbortSignal.any([signal, waits.signal]), onProgress: tell });
    signal.throwIfAborted();
    waits.signal.throwIfAborted();
    assertRestored(partitions);
  }
}

/** What a takeover has begun anew is not all there yet: the one that was to restore it may have been interrupted. */
const mustRestore = (partitions: readonly RestoredPartition[]): boolean =>
  isDoubted(partitions) || partitions.some(({ complete }) => !complete);

/** A partition was without its guards for a while, and has not been read again. */
export const isDoubted = (partitions: readonly RestoredPartition[]): boolean =>
  partitions.some(({ ledger }) => ledger.report.doubted);

/** What a broker refused while the guards were off it may take once they are on. */
export function offerAgain(partitions: readonly RestoredPartition[]): void {
  for (const { ledger } of partitions) {
    const { doubted, error } = ledger.report;
    if (doubted && error?.reason === 'BatchRefused') ledger.report.error = null;
  }
}

/** @throws RekindleError of the first partition that could not be restored */
function assertRestored(partitions: readonly RestoredPartition[]): void {
  for (const { ledger } of partitions) {
    const { error } = ledger.report;
    if (error) throw new RekindleError(error.reason, error.message);
  }
}
