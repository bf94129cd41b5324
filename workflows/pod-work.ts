import { CancellationScope, isCancellation, patched, sleep, workflowInfo } from '@temporalio/workflow';
import type { ClosedReport, Closing, Finding, OpenedReport, RestoreActivities } from '../activities/contract.ts';
import type { GivenSignal } from '../src/model/audit.ts';
import { backoffMs } from '../src/model/backoff.ts';
import type { Claim } from '../src/model/claim.ts';
import type { Work, WorkResult, WorkStep } from '../src/model/decide.ts';
import type { Approval } from '../src/model/holds.ts';
import type { PodProgress } from '../src/model/pod-progress.ts';
import { jobQueue } from '../src/model/queues.ts';
import { RekindleError, reasons } from '../src/model/reasons.ts';
import type { JobRef, RestoreRef, Trouble } from '../src/model/state.ts';
import { nothingFound } from '../src/model/status-report.ts';
import type { Findings } from '../src/model/status-report.ts';
import { operator, pod, troubleOf } from './ask.ts';
import type { Holding } from './holding.ts';
import { isHistoryLong } from './long-history.ts';

/** Wait before something is tried again that waits for the world, or for a person. */
const tryAgainAfter = { firstMs: 1_000, maxMs: 60_000 };

export interface PodWorkOptions {
  readonly restore: RestoreRef;
  readonly attempt: number;
  readonly job: JobRef;
  /** An earlier pod may have changed the topics' configuration. */
  readonly guarded: boolean;
  /** The pod only gives topics their retention back. */
  readonly errand: boolean;
  readonly holding: Holding;
  /** What a person has said to this execution, for the audit; it grows. */
  readonly given: readonly GivenSignal[];
  /** Digest of the image that this pod runs; null while nobody has seen it. */
  readonly imageIdOf: (podUid: string) => string | null;
  readonly onOpened: (report: OpenedReport) => void;
  /** From now on, or no longer, the topics' configuration may not be their own. */
  readonly onGuarded: (guarded: boolean) => void;
  readonly onChange: () => void;
}

/** The history is long: another execution goes on with the same pod. */
class HandOver extends Error {}

/** The work with the pod of one Job: step by step, each asked again for as long as the world is in its way. */
export class PodWork implements Work {
  step: WorkStep = 'Opening';
  waiting: Trouble | null = null;
  settled = false;
  result: WorkResult | null = null;
  progress: PodProgress | null = null;
  findings: Findings = nothingFound;
  readonly #options: PodWorkOptions;
  readonly #scope = new CancellationScope();
  #opened: OpenedReport | null = null;
  #guarded: boolean;
  #prepared = false;
  #stopAs: 'Paused' | 'Deleted' | null = null;

  constructor(options: PodWorkOptions) {
    this.#options = options;
    this.#guarded = options.guarded;
    void this.#scope
      .run(() => this.#serve())
      .catch((error: unknown) => this.#end(error))
      .then((result) => {
        this.result = result;
        options.onChange();
      });
  }

  get podUid(): string | null {
    return this.#opened?.podUid ?? null;
  }

  /** Lets the pod flush and leave; `result` comes when it has. Without effect the second time. */
  stop(as: 'Paused' | 'Deleted'): void {
    if (this.#stopAs !== null) return;
    this.#stopAs = as;
    // Only a pod can put the topics' configuration back: let it come up first.
    if (as === 'Deleted' && this.#guarded && this.#opened === null) return;
    this.#scope.cancel();
  }

  async #serve(): Promise<WorkResult> {
    const { attempt, job, errand, holding, onOpened } = this.#options;
    const opened = await this.#insist('Opening', () =>
      pod(jobQueue(job.uid), `attempt ${attempt}: open the report`).openReport({ attempt, errand }),
    );
    this.#opened = opened;
    const isErrand = opened.errand ?? errand;
    this.findings = { ...this.findings, reportOpened: !isErrand, delivery: opened.delivery ?? 'Transactional' };
    onOpened(opened);
    if (this.#stopAs !== null) return await this.#leave(this.#stopAs);
    if (isErrand) return await this.#finish({ claims: await this.#recallClaims() });

    const claims = await this.#recallClaims();
    const claim = await this.#insist('Checking', (approved) => this.#take(claims, approved));
    this.findings = { ...this.findings, claimed: true };
    this.#guard(true);
    const prepared = await this.#insist('Preparing', (approved) =>
      this.#pod('prepare the topics').prepareTarget({ claim, approved }),
    );
    this.#prepared = true;
    await this.#claim(prepared);

    for (;;) {
      while (!(await this.#chunk())) {
        if (workflowInfo().continueAsNewSuggested) return { end: 'HandedOver' };
      }
      if (await this.#prove()) break;
    }
    await holding.end();
    return await this.#finish({});
  }

  /** Looks at the target and claims its topics. */
  async #take(claims: Claim[], approved: Approval | null): Promise<Claim> {
    // Those that were gone may have been brought back.
    const recalled = this.waiting?.reason === 'ClaimMissing' ? await this.#recallClaims() : claims;
    const { findings, claim } = await this.#pod('preflight').preflight({ claims: recalled, approved });
    if (this.waiting?.reason !== 'TargetClaimed') this.#wait(null);
    if (findings.length > 0) throw await this.#refusal(findings, claim);
    await this.#claim(claim);
    return claim;
  }

  /** @returns false when a person has agreed to something that is done by restoring */
  async #prove(): Promise<boolean> {
    const proof = await this.#insist('Proving', async (approved) => (approved ? null : this.#pod('prove').prove()));
    if (proof === null) return false;
    this.findings = { ...this.findings, proof };
    return true;
  }

  /** The end: topics get their own configuration. An agreement that retention may delete is asked for, not waited for. */
  async #finish(onRecord: { claims?: Claim[] }): Promise<WorkResult> {
    const { holding, given: signals } = this.#options;
    let agreed: Approval | null = null;
    const closed = await this.#insist('Closing', () =>
      holding.with(holding.retention, (approved) => {
        agreed = approved;
        const seen = { imageId: this.#imageId };
        return this.#pod('close the report').closeReport({ as: 'Done', approved, signals, ...seen, ...onRecord });
      }),
    );
    const { held, proof = null } = closed;
    this.findings = { ...this.findings, reportOpened: true, proof: this.findings.proof ?? proof, held };
    await this.#settle(closed);
    await holding.remove(agreed);
    this.#guard(false);
    return { end: 'Done' };
  }

  /** That another Restore holds a topic says more than that the topic is not empty. */
  async #refusal(findings: readonly Finding[], claim: Claim): Promise<RekindleError> {
    const { restore } = this.#options;
    const held = await operator('whose the topics are').checkClaim({ restore, claim });
    if (held !== null) return new RekindleError('TargetClaimed', held.message);
    return new RekindleError(findings[0]?.reason ?? 'Internal', findings.map(({ message }) => message).join(' '));
  }

  async #claim(claim: Claim): Promise<void> {
    const { restore } = this.#options;
    const refused = await operator('claim the topics').claimTargets({ restore, claim });
    if (refused !== null) throw new RekindleError('TargetClaimed', refused.message);
  }

  async #chunk(): Promise<boolean> {
    const chunk = await this.#insist('Restoring', (approved) =>
      this.#pod('restore for up to 60 s').restoreChunk({
        waiting: this.waiting !== null,
        approved,
        imageId: this.#imageId,
      }),
    );
    this.progress = chunk.progress;
    this.#wait(chunk.progress.waiting);
    if (chunk.held !== true && chunk.progress.waiting === null) await this.#options.holding.end();
    return chunk.done;
  }

  /**
   * Asks until it is done. What waits for the world, or is held for a person, is said and asked again.
   * @param ask with what a person has agreed to; null is an answer, too: it is not done in this step
   */
  async #insist<T>(step: WorkStep, ask: (approved: Approval | null) => Promise<T>): Promise<T> {
    const { holding } = this.#options;
    this.#enter(step);
    let isHeld = false;
    for (let tries = 1; ; tries += 1) {
      const { approved: given } = holding;
      try {
        const answer = await holding.with(given, ask);
        if (isHeld && step !== 'Restoring' && answer !== null) await holding.end();
        this.#wait(null);
        return answer;
      } catch (error) {
        const trouble = troubleOf(error);
        const consequence = reasons[trouble.reason];
        if (isCancellation(error) || (consequence !== 'waiting' && consequence !== 'held')) throw error;
        // Executions that began before holds could be answered have failed by these.
        const isNew = step === 'Restoring' || trouble.reason === 'TargetClaimed';
        if (isNew && !patched('holds')) throw error;
        this.#wait(trouble);
        isHeld = consequence === 'held';
        if (isHeld) holding.begin(trouble);
        if (isHistoryLong()) throw new HandOver();
        const pause = backoffMs(tries, tryAgainAfter);
        // An agreement that has changed nothing is not good for an answer at once.
        if (isHeld && given === null) await holding.answer(pause);
        else await sleep(pause);
      }
    }
  }

  async #end(error: unknown): Promise<WorkResult> {
    if (error instanceof HandOver) return { end: 'HandedOver' };
    if (isCancellation(error)) return await this.#leave(this.#stopAs ?? 'Paused');
    const trouble = troubleOf(error);
    if (reasons[trouble.reason] === 'stopped') return { end: 'Lost', trouble };
    await this.#close({ as: 'Failed', trouble, signals: this.#options.given });
    return { end: 'Failed', trouble };
  }

  async #leave(as: 'Paused' | 'Deleted'): Promise<WorkResult> {
    if (this.#opened !== null) await this.#close({ as });
    return { end: 'Stopped' };
  }

  /** Lets the pod close the report and end. One that does not answer is shut out by the fences of whoever comes next. */
  async #close(closing: Exclude<Closing, { as: 'Done' }>): Promise<void> {
    const queue = this.#opened?.queue ?? jobQueue(this.#options.job.uid);
    const leaving = pod(queue, `close the report: ${closing.as}`, '2 minutes');
    try {
      await CancellationScope.nonCancellable(async () => {
        // A pod that has prepared the topics itself knows what their configuration was.
        const isToTell = this.#guarded && !this.#prepared && closing.as !== 'Paused';
        const onRecord = isToTell ? { claims: await this.#recallClaims() } : {};
        const closed = await leaving.closeReport({ ...closing, ...onRecord, imageId: this.#imageId });
        const { held, putBack = closing.as === 'Deleted' } = closed;
        this.findings = { ...this.findings, held: putBack ? held : null };
        await this.#settle(closed);
        if (putBack) this.#guard(false);
      });
    } catch {
      // How it ends is certain without its answer.
    }
  }

  get #imageId(): string | null {
    return this.podUid === null ? null : this.#options.imageIdOf(this.podUid);
  }

  #guard(guarded: boolean): void {
    this.#guarded = guarded;
    this.#options.onGuarded(guarded);
  }

  async #recallClaims(): Promise<Claim[]> {
    return await operator('what this Restore claimed before').recallClaims({ restore: this.#options.restore });
  }

  /** The pod has closed its report. Its last numbers may take their time, or get lost: they change nothing. */
  async #settle({ progress }: ClosedReport): Promise<void> {
    this.settled = true;
    if (progress === null) return;
    this.progress = progress;
    const { restore } = this.#options;
    const written = CancellationScope.nonCancellable(() =>
      operator('write the last numbers').publishProgress({ restore, progress }),
    );
    await written.catch(() => undefined);
  }

  #pod(summary: string): RestoreActivities {
    if (this.#opened === null) throw new Error('the report is not open');
    return pod(this.#opened.queue, `attempt ${this.#options.attempt}: ${summary}`);
  }

  #enter(step: WorkStep): void {
    this.step = step;
    this.#options.onChange();
  }

  #wait(trouble: Trouble | null): void {
    this.waiting = trouble === null ? null : { reason: trouble.reason, message: trouble.message };
    this.#options.onChange();
  }
}
