import type { KubeClient } from '../kube/client.ts';
import { addFinalizer } from '../kube/apply.ts';
import type { EventRecorder } from '../kube/events.ts';
import { asObject, kinds } from '../kube/objects.ts';
import type { CustomObject } from '../kube/objects.ts';
import type { Claims } from '../../activities/claims.ts';
import { publishProgress } from '../../activities/publish-progress.ts';
import { restate } from '../../activities/status.ts';
import { ignoredApproval } from '../model/approval.ts';
import { attentionFor, silentPhase } from '../model/attention.ts';
import type { Attention } from '../model/attention.ts';
import { isOwnedBy, restoreUidLabel } from '../model/children.ts';
import { observe, sealed } from '../model/observation.ts';
import type { Observation, Observed } from '../model/observation.ts';
import { isEnd } from '../model/phase.ts';
import type { Phase } from '../model/phase.ts';
import { restoreFinalizer } from '../model/resources/names.ts';
import { restoreStatus } from '../model/resources/restore-status.ts';
import { parseRestore } from '../model/resources/restore.ts';
import type { Restore } from '../model/resources/restore.ts';
import { fetchesWithinMs, isSaidToBeSilent, podAtWork, withSilentPod } from '../model/silent-pod.ts';
import type { PodAtWork } from '../model/silent-pod.ts';
import { hearsWithinMs, silentWorkflow } from '../model/silent-workflow.ts';
import { isOverwritten } from '../model/status-order.ts';
import { phaseConditions } from '../model/status-report.ts';
import { initialState, refOf } from '../model/state.ts';
import type { RestoreRef, Trouble } from '../model/state.ts';
import type { Logger } from '../telemetry/log.ts';
import type { Cluster } from './cluster.ts';
import { Deletion } from './deletion.ts';
import { hindrances } from './hindrances.ts';
import { basisOf } from './basis.ts';
import { Lasting } from './lasting.ts';
import type { DescribedWorkflow } from './described-workflow.ts';
import { ensureReportClaim } from './report-claim.ts';
import type { ReportVolume } from './report-claim.ts';
import { TemporalTrouble } from './temporal.ts';
import type { Workflows } from './temporal.ts';
import { understood } from './understood.ts';

/** Time until a Restore is looked at again by itself, milliseconds: while a pod is at work, and while it is not. */
const lookAgain = { working: 3_000, idle: 15_000 };
/** An observation that did not arrive is told again after this long, milliseconds. */
const tellAgainMs = 10_000;
/** Temporal is said to be away after this long without an answer, milliseconds. */
const unreachableAfterMs = 5_000;

/** A server that is away comes back by itself; an address or a namespace that is wrong does not. */
const goesOn =
  'It goes on by itself once that is over, or TEMPORAL_ADDRESS and TEMPORAL_NAMESPACE of the operator are corrected.';

export interface RestoresOptions {
  readonly kube: KubeClient;
  readonly cluster: Cluster;
  readonly temporal: Workflows;
  readonly claims: Claims;
  readonly events: EventRecorder;
  readonly reportVolume: ReportVolume;
  readonly logger: Logger;
  /** Asks for another look at this Restore in so many milliseconds. */
  readonly lookAgain: (key: string, ms: number) => void;
}

/** One look at one Restore: what there is in Kubernetes, what its workflow knows of it, and what follows. */
export class Restores {
  readonly #options: RestoresOptions;
  readonly #deletion: Deletion;
  readonly #told = new Map<string, { readonly hash: string; readonly at: number }>();
  /** By uid of the Restore: the approval that was ignored, as it was said. */
  readonly #ignored = new Map<string, string>();
  /** That Temporal does not answer for it. */
  readonly #unanswered = new Lasting();
  /** That its pod does not fetch what Temporal has for it. */
  readonly #unfetched = new Lasting();
  /** That its workflow does not take what it is told. */
  readonly #unheard = new Lasting();

  constructor(options: RestoresOptions) {
    this.#options = options;
    this.#deletion = new Deletion(options);
  }

  async look(namespace: string, name: string): Promise<void> {
    const { kube, cluster, reportVolume } = this.#options;
    const object = cluster.restores.get(namespace, name);
    if (object === null) return;
    const isDeleted = object.metadata.deletionTimestamp !== undefined;
    if (isDeleted && (await this.#deletion.goesWithNamespace(object))) return;
    if (!cluster.hasListed(namespace)) {
      // It is told again when all is listed; but a namespace whose permissions are gone may be about to go itself.
      if (isDeleted) this.#options.lookAgain(`${namespace}/${name}`, lookAgain.idle);
      return;
    }
    const restore = understood(object, parseRestore);
    if (typeof restore === 'string') {
      await this.#attendUnknown(object, restore);
      return;
    }
    const children = {
      jobs: cluster.jobs.in(namespace).filter((job) => isOwnedBy(job, restore.metadata.uid)),
      pods: cluster.pods.in(namespace).filter((pod) => pod.metadata.labels?.[restoreUidLabel] === restore.metadata.uid),
      pvcs: cluster.pvcs.in(namespace),
    };
    const overwritten = isOverwritten(restore.status);
    let withoutReport: string | null = null;
    if (!isDeleted) {
      // The change brings us back here with the version that it made.
      if (!restore.metadata.finalizers.includes(restoreFinalizer)) {
        await addFinalizer(kube, kinds.Restore, { namespace, name, uid: restore.metadata.uid }, restoreFinalizer);
        return;
      }
      const known = { pvcs: children.pvcs, hasJobs: children.jobs.length > 0 };
      withoutReport = await ensureReportClaim(kube, restore, known, reportVolume);
      if (withoutReport !== null) this.#options.lookAgain(`${namespace}/${name}`, lookAgain.idle);
    }
    const { basis, problem } = basisOf(restore, cluster);
    const hindered = await hindrances(kube, namespace, children);
    const surroundings = { problem: problem ?? withoutReport, overwritten, basis, hindered };
    const picture = observe(restore, children, surroundings);
    await this.#answerApproval(restore, picture);
    try {
      await this.#attend(restore, picture, podAtWork(children));
      this.#unanswered.forget(restore.metadata.uid);
    } catch (error) {
      if (!(error instanceof TemporalTrouble)) throw error;
      await this.#withoutTemporal(restore, error);
    }
  }

  /** A Restore that this version does not understand, in which sentence: nothing can be made of it, but that is said. */
  async #attendUnknown(object: CustomObject, sentence: string): Promise<void> {
    const { namespace = '', name, uid, generation = 0, deletionTimestamp, finalizers = [] } = object.metadata;
    if (deletionTimestamp !== undefined) {
      const { data: status = null } = restoreStatus.safeParse(object.status ?? {});
      if (finalizers.includes(restoreFinalizer)) await this.#deletion.giveUp(object, status);
      return;
    }
    const why = { reason: 'InvalidConfiguration', message: sentence };
    const conditions = phaseConditions({ phase: 'Invalid', why }, generation);
    await restate(this.#options.kube, { namespace, name, uid }, 'Invalid', conditions);
  }

  /** The Restore is gone, whoever took its finalizer away: nothing may go on in its name. */
  async gone(ref: RestoreRef): Promise<void> {
    this.#told.delete(ref.uid);
    this.#ignored.delete(ref.uid);
    this.#unanswered.forget(ref.uid);
    this.#unfetched.forget(ref.uid);
    this.#unheard.forget(ref.uid);
    await this.#options.temporal.terminate(ref, 'The Restore is gone.');
  }

  async #attend(copy: Restore, picture: Observation, pod: PodAtWork | null): Promise<void> {
    const { kube } = this.#options;
    const ref = refOf(copy);
    const described = await this.#describe(ref);
    const seen = sealed(this.#withSilence(picture, copy, pod, described?.unfetched ?? null));
    const execution = described?.execution ?? null;
    const open = execution?.open === true;
    // A workflow that has closed a moment ago has said how it ended, and our copy may not know that yet.
    const restore = open ? copy : await this.#readAnew(ref);
    if (restore === null) return;

    const { deletionTimestamp } = restore.metadata;
    const deletedAt = deletionTimestamp === undefined ? null : Date.parse(deletionTimestamp);
    const attention = attentionFor(seen.observation, seen.hash, execution, restore.status, deletedAt);
    const silence = deletedAt === null ? this.#silenceOf(ref, attention, described) : null;
    if (deletedAt !== null) await this.#deletion.attend(restore, seen, attention, deletedAt);
    // It is told no more meanwhile: Temporal keeps what it was told, and takes only so many signals for an execution.
    else if (silence !== null) await this.#say(restore, 'Waiting', silence);
    else if (attention === 'signal') await this.#tell(ref, seen);
    else if (attention === 'start') await this.#start(restore, seen);
    else if (attention === 'start if its Job is gone') await this.#startIfJobIsGone(restore, seen);
    else if (!open) await this.#speakFor(restore, seen);

    if (described?.progress != null) await publishProgress(kube, ref, described.progress);
    this.#comeBack(restore, open);
  }

  async #describe(ref: RestoreRef): Promise<DescribedWorkflow | null> {
    try {
      return await this.#options.temporal.describe(ref);
    } catch (error) {
      // Nobody could fetch or hear anything meanwhile.
      this.#unfetched.forget(ref.uid);
      this.#unheard.forget(ref.uid);
      throw error;
    }
  }

  /** That a pod does not fetch its work is seen in Temporal only. Once that is said it holds until the pod fetches some. */
  #withSilence(picture: Observation, restore: Restore, pod: PodAtWork | null, work: string | null): Observation {
    const { metadata, status } = restore;
    const waits = pod === null || work === null ? null : `${pod.pod.metadata.uid}/${work}`;
    const lasts = this.#unfetched.of(metadata.uid, waits);
    if (pod === null || work === null) return picture;
    const isSilent = lasts >= fetchesWithinMs || isSaidToBeSilent(pod.pod, status);
    return isSilent ? withSilentPod(picture, pod, metadata.namespace) : picture;
  }

  /** An approval that answers nothing is left as it is, and that is said. */
  async #answerApproval(restore: Restore, observation: Observation): Promise<void> {
    const ref = refOf(restore);
    const ignored = ignoredApproval(initialState(ref, restore.status), observation);
    if (ignored === null) this.#ignored.delete(ref.uid);
    if (ignored === null || this.#ignored.get(ref.uid) === ignored.message) return;
    this.#ignored.set(ref.uid, ignored.message);
    const happening = { type: 'Warning', reason: 'ApprovalIgnored', note: ignored.message } as const;
    await this.#options.events.record(asObject(restore), happening);
  }

  async #readAnew(ref: RestoreRef): Promise<Restore | null> {
    const object = await this.#options.kube.get(kinds.Restore, ref);
    return object === null ? null : parseRestore(object);
  }

  /** Once per observation, and again only when it did not arrive. */
  async #tell(ref: RestoreRef, seen: Observed): Promise<void> {
    const told = this.#told.get(ref.uid);
    if (told?.hash === seen.hash && Date.now() - told.at < tellAgainMs) return;
    await this.#options.temporal.signal(ref, seen);
    this.#told.set(ref.uid, { hash: seen.hash, at: Date.now() });
  }

  async #startIfJobIsGone(restore: Restore, seen: Observed): Promise<void> {
    const { job } = restore.status;
    const { namespace } = restore.metadata;
    if (job !== undefined && (await this.#options.kube.get(kinds.Job, { namespace, ...job })) !== null) return;
    await this.#start(restore, seen);
  }

  async #start(restore: Restore, seen: Observed): Promise<void> {
    const { temporal, logger } = this.#options;
    const ref = refOf(restore);
    logger.info({ restore: ref, phase: restore.status.phase }, 'starting the workflow');
    await temporal.start(ref, restore.status, seen);
    this.#told.set(ref.uid, { hash: seen.hash, at: Date.now() });
  }

  /** No workflow is there to say where the Restore stands. */
  async #speakFor(restore: Restore, seen: Observed): Promise<void> {
    const phase = silentPhase(seen.observation, restore.status);
    if (phase === null) return;
    const { problem } = seen.observation.restore;
    await this.#say(
      restore,
      phase,
      phase === 'Invalid' && problem !== null ? { reason: 'InvalidConfiguration', message: problem } : null,
    );
  }

  /** A workflow that takes nothing of what it is told cannot say so itself. */
  #silenceOf(ref: RestoreRef, attention: Attention, described: DescribedWorkflow | null): Trouble | null {
    const { due = null, execution } = described ?? {};
    const isUnheard = attention === 'signal' && due !== null;
    const lasts = this.#unheard.of(ref.uid, isUnheard ? (execution?.acknowledged ?? '') : null);
    return due === null || lasts < hearsWithinMs ? null : silentWorkflow(ref, due);
  }

  async #withoutTemporal(restore: Restore, { reason, message }: TemporalTrouble): Promise<void> {
    const { uid } = restore.metadata;
    const lasts = this.#unanswered.of(uid, 'without an answer');
    this.#options.logger.warn({ reason }, message);
    this.#comeBack(restore, true);
    const { spec, status, metadata } = restore;
    if (metadata.deletionTimestamp !== undefined) {
      await this.#deletion.withoutTemporal(restore);
      return;
    }
    if (lasts < unreachableAfterMs) return;
    if (!spec.enabled || isEnd(status.phase)) return;
    await this.#say(restore, 'Waiting', { reason, message: `${message} ${goesOn}` });
  }

  async #say(restore: Restore, phase: Phase, why: Trouble | null): Promise<void> {
    const conditions = phaseConditions({ phase, why }, restore.metadata.generation);
    await restate(this.#options.kube, refOf(restore), phase, conditions);
  }

  #comeBack({ metadata, spec, status }: Restore, open: boolean): void {
    const key = `${metadata.namespace}/${metadata.name}`;
    if (metadata.deletionTimestamp !== undefined || (open && status.phase !== 'Paused')) {
      this.#options.lookAgain(key, lookAgain.working);
    } else if (open || (spec.enabled && status.phase !== 'Done' && status.phase !== 'Failed')) {
      this.#options.lookAgain(key, lookAgain.idle);
    }
  }
}
