import type { Progress } from '../src/engine/progress.ts';
import type { RestoreRun } from '../src/engine/run.ts';
import type { Claim } from '../src/model/claim.ts';
import type { Approval } from '../src/model/holds.ts';
import type { PodProgress } from '../src/model/pod-progress.ts';
import { RekindleError } from '../src/model/reasons.ts';
import type { Logger } from '../src/telemetry/log.ts';
import type { ClosedReport, Closing, Proof } from './contract.ts';
import { once } from './once.ts';

/** What of the engine's run is used here. */
export type Run = Pick<
  RestoreRun,
  | 'opened'
  | 'report'
  | 'progress'
  | 'preflight'
  | 'prepare'
  | 'restore'
  | 'prove'
  | 'finish'
  | 'putBack'
  | 'fail'
  | 'audit'
  | 'noteImage'
  | 'close'
>;

type Found = Awaited<ReturnType<Run['preflight']>>;
type Ending = Required<Pick<ClosedReport, 'held' | 'putBack'>> & Pick<ClosedReport, 'audit'>;

/** The topics' configuration is what it was. */
const asItIs: Ending = { held: [], putBack: false };

export interface PodRunOptions {
  /** @param errand see `RestoreActivities.openReport` */
  readonly open: (attempt: number, errand: boolean) => Promise<Run>;
  readonly logger: Logger;
}

/**
 * The one run of this process. Activities come and go, are retried, and are asked for again by later executions of the
 * workflow: all of them join what is under way, and what was done once stays done.
 */
export class PodRun {
  readonly #options: PodRunOptions;
  readonly #ended = Promise.withResolvers<Closing | null>();
  #proving = new AbortController();
  #run: Promise<Run> | null = null;
  #opened: Run | null = null;
  #looking: Promise<Found> | null = null;
  #found: Found | null = null;
  #preparing = false;
  #prepared = false;
  #interrupted = false;
  #restoring: Promise<'done' | 'more'> | null = null;
  #stop = new AbortController();
  #proof: ReturnType<Run['prove']> | null = null;
  #rate = { at: Date.now(), bytes: 0, bytesPerSecond: 0 };
  readonly #prepare = once(async (claim: Claim, approved: Approval | null) => this.#here.prepare(claim, approved));

  constructor(options: PodRunOptions) {
    this.#options = options;
  }

  /** How it ended: as it was closed, or null when the process was told to end. */
  get ended(): Promise<Closing | null> {
    return this.#ended.promise;
  }

  async open(attempt: number, errand = false): Promise<Run['opened']> {
    this.#assertGoesOn();
    this.#run ??= this.#options.open(attempt, errand).catch((error: unknown) => {
      this.#run = null;
      throw error;
    });
    this.#opened = await this.#run;
    return this.#opened.opened;
  }

  /** Which image this process runs is seen from outside only, and perhaps not at once. */
  noteImage(imageId: string | null = null): void {
    if (imageId !== null) this.#opened?.noteImage(imageId);
  }

  /** Looked at anew each time that it is asked, until the target is prepared: what was found then stays found. */
  async preflight(claims: readonly Claim[], approved: Approval | null = null): Promise<Found> {
    if (this.#preparing && this.#found !== null) return this.#found;
    this.#looking ??= this.#here.preflight(claims, approved).finally(() => (this.#looking = null));
    this.#found = await this.#looking;
    return this.#found;
  }

  async prepare(claim: Claim, approved: Approval | null = null): Promise<Claim> {
    this.#preparing = true;
    const prepared = await this.#prepare(claim, approved);
    this.#prepared = true;
    return prepared;
  }

  /** Joins the restore that is under way, or starts it. `more`: it was stopped. */
  async restore(approved: Approval | null = null): Promise<'done' | 'more'> {
    this.#restoring ??= this.#restore(approved);
    return await this.#restoring;
  }

  /** Lets the restore commit what was sent and write a checkpoint; it goes on when it is asked for again. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#restoring?.catch(() => undefined);
  }

  /** Joins the proof that is under way or was given, or starts it. */
  async prove(): Promise<Proof> {
    this.#proof ??= this.#startProof(this.#here);
    return await this.#proof;
  }

  /** Ends the proof, which may be restoring once more; it goes on when it is asked for again. */
  async stopProving(): Promise<void> {
    this.#proving.abort();
    await this.#proof?.catch(() => undefined);
  }

  /** Lets everything come to a stop that it can go on from. */
  async pause(): Promise<void> {
    await Promise.all([this.stop(), this.stopProving()]);
  }

  /** Ends the run and with it the process. Only `Done` must succeed: after anything else the pod has nothing left to do. */
  async close(closing: Closing): Promise<ClosedReport> {
    await this.pause();
    if (closing.as === 'Done') {
      const ending = { ...(await this.#here.finish(closing)), putBack: true };
      return this.#end(closing, { ...ending, audit: await this.#here.audit(closing.signals) });
    }
    try {
      return this.#end(closing, await this.#leave(closing));
    } catch (error) {
      this.#ended.resolve(closing);
      throw error;
    }
  }

  /** The process was told to end: commits and writes a checkpoint, and leaves the rest to the next attempt. */
  async interrupt(): Promise<void> {
    this.#interrupted = true;
    try {
      await this.pause();
      await this.#opened?.close('Interrupted');
    } catch (error) {
      this.#options.logger.error(
        { error: String(error) },
        'the report could not be closed; the next attempt sees to it',
      );
    } finally {
      this.#ended.resolve(null);
    }
  }

  /** The report says that the restore does not go on without a person. */
  get isHeld(): boolean {
    return this.#opened?.report.hold != null;
  }

  get progress(): PodProgress | null {
    return this.#opened === null ? null : this.#measured(this.#opened.progress);
  }

  /** Everything that begins something. */
  get #here(): Run {
    this.#assertGoesOn();
    if (this.#opened === null) throw new RekindleError('Internal', 'The report is not open in this pod.');
    return this.#opened;
  }

  /** No reason of the catalogue: asked again, it is for whoever is there then. */
  #assertGoesOn(): void {
    const message = 'The process was told to end; nothing begins here any more.';
    if (this.#interrupted) throw new DOMException(message, 'AbortError');
  }

  async #startProof(run: Run): ReturnType<Run['prove']> {
    this.#proving = new AbortController();
    try {
      return await run.prove(this.#proving.signal);
    } catch (error) {
      this.#proof = null;
      throw error;
    }
  }

  async #restore(approved: Approval | null): Promise<'done' | 'more'> {
    this.#stop = new AbortController();
    try {
      // What was proved, or is just now, is not what will stand there.
      if (this.#proof !== null) await this.stopProving();
      this.#proof = null;
      return await this.#here.restore({ signal: this.#stop.signal, onProgress: () => undefined, approved });
    } finally {
      this.#restoring = null;
    }
  }

  async #leave(closing: Exclude<Closing, { as: 'Done' }>): Promise<Ending> {
    const run = this.#opened;
    if (run === null) return asItIs;
    if (closing.as === 'Failed') {
      await run.fail(new RekindleError(closing.trouble.reason, closing.trouble.message));
    }
    const putBack = closing.as === 'Paused' ? asItIs : await this.#putBack(run, closing);
    const ending = closing.as === 'Failed' ? { ...putBack, audit: await run.audit(closing.signals) } : putBack;
    await run.close(closing.as === 'Failed' ? undefined : closing.as);
    return ending;
  }

  /** What cannot be put back is not what the pod ends for: the workflow says so, and another pod may be able to. */
  async #putBack(run: Run, { as, claims = [] }: Extract<Closing, { claims?: unknown }>): Promise<Ending> {
    if (!this.#prepared && claims.length === 0) return asItIs;
    try {
      const { held, kept } = await run.putBack({ claims, unfinished: as === 'Failed' });
      return { held, putBack: kept.length === 0 };
    } catch (error) {
      this.#options.logger.warn({ error: String(error) }, "the topics' configuration could not be put back");
      return asItIs;
    }
  }

  #end(closing: Closing, ending: Ending): ClosedReport {
    this.#options.logger.info({ as: closing.as, ...ending }, 'closed the report');
    this.#ended.resolve(closing);
    return { ...ending, proof: this.#opened?.report.proof ?? null, progress: this.progress };
  }

  /** The rate over the last interval of at least a second. */
  #measured(progress: Progress): PodProgress {
    const now = Date.now();
    const { at, bytes } = this.#rate;
    if (now - at >= 1_000) {
      const bytesPerSecond = Math.max(0, ((progress.acknowledgedBytes - bytes) * 1_000) / (now - at));
      this.#rate = { at: now, bytes: progress.acknowledgedBytes, bytesPerSecond: Math.round(bytesPerSecond) };
    }
    return { ...progress, bytesPerSecond: this.#rate.bytesPerSecond, at: new Date(now).toISOString() };
  }
}
