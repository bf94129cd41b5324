import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { test } from 'node:test';
import type { Client, WorkflowHandle } from '@temporalio/client';
import type { ControlActivities, Finding, RestoreActivities } from '../../../activities/contract.ts';
import { readStack } from '../../../deploy/dev/state.ts';
import { isErrand } from '../../../src/model/approval.ts';
import type { Claim } from '../../../src/model/claim.ts';
import type { HoldReason } from '../../../src/model/holds.ts';
import { sealed } from '../../../src/model/observation.ts';
import type { JobFacts, Observation, Observed } from '../../../src/model/observation.ts';
import type { PodFacts } from '../../../src/model/pod-facts.ts';
import type { RestoreStatus } from '../../../src/model/resources/restore-status.ts';
import { holdIn, initialState, workflowIdOf } from '../../../src/model/state.ts';
import type { RestoreRef, RestoreState, Trouble } from '../../../src/model/state.ts';
import { newerThan } from '../../../src/model/status-order.ts';
import type { StatusReport } from '../../../src/model/status-report.ts';
import { TemporalGateway } from '../../../src/operator/temporal.ts';
import type { DescribedWorkflow } from '../../../src/operator/described-workflow.ts';
import type { restore } from '../../../workflows/restore.ts';
import { ControlPlane } from './control-plane.ts';
import { PretendedPod } from './pretended-pod.ts';

let controlPlane: Promise<ControlPlane> | null = null;

/**
 * A real Temporal server and the real workflow; what Kubernetes and a pod would do is steered by the test. The pods are
 * real workers on real queues, and share one number: the records that are in the target.
 */
export class World {
  readonly ref: RestoreRef = { namespace: 'ns', name: 'orders', uid: randomUUID() };
  readonly statuses: StatusReport[] = [];
  readonly jobs = new Map<string, JobFacts>();
  /** Every Job that was ever made, oldest first. */
  readonly made: string[] = [];
  records = 0;
  spec = { enabled: true, deleting: false };
  report: Observation['report'] = { name: 'orders-report-aaaaa', uid: 'claim-1', deleting: false };
  /** Set by a test to let a step of the pod, or of the operator, fail or hang. */
  faults: Partial<Record<keyof RestoreActivities | keyof ControlActivities, () => Promise<void>>> = {};
  /** What this Restore has claimed before, as the operator knows it, and as the last preflight was told. */
  claims: Claim[] = [];
  known: readonly Claim[] = [];
  /** What preflight finds. */
  findings: Finding[] = [];
  /** The step of the pod that holds until this is approved, or taken away by the test. */
  hold: { step: keyof RestoreActivities; reason: HoldReason; message: string } | null = null;
  /** Topics whose retention a pod leaves off unless that is approved. */
  retained: string[] = [];
  /** The annotation on the Restore. */
  approve: string | null = null;
  /** It is in the pictures that are sent only. */
  isForged = false;
  /** What was asked of pods, one step after the other. */
  readonly asked: (keyof RestoreActivities)[] = [];
  /** What pods have done because it was approved. */
  readonly acted: string[] = [];
  /** Another living Restore has claimed a topic. */
  isClaimed = false;
  /** Pods that are made from now on do not reach Temporal before `connectPods`. */
  areCutOff = false;
  /** Whether pods can put the topics' configuration back. */
  putsBack = true;
  /** How each pod closed its report. */
  readonly closings: string[] = [];
  /** The image that each pod was told of, by the pod's Job. */
  readonly images = new Map<string, string>();
  /** What the audit is told that a person has said. */
  signals: string[] = [];
  readonly #pods = new Map<string, PretendedPod>();
  readonly #plane: ControlPlane;

  private constructor(plane: ControlPlane) {
    this.#plane = plane;
    plane.serve(workflowIdOf(this.ref), this.#controlActivities());
  }

  static async begin(): Promise<World> {
    return new World(await (controlPlane ??= ControlPlane.start()));
  }

  get client(): Client {
    return this.#plane.client;
  }

  get handle(): WorkflowHandle<typeof restore> {
    return this.client.workflow.getHandle<typeof restore>(workflowIdOf(this.ref));
  }

  /** The workflow as the operator sees it. */
  async described(): Promise<DescribedWorkflow | null> {
    const { temporal } = readStack('temporal');
    const gateway = new TemporalGateway({
      ...{ connection: () => this.#plane.native, trouble: () => null, address: temporal.address.host },
      ...{ namespace: temporal.namespace, taskQueue: this.#plane.queue },
    });
    return await gateway.describe(this.ref);
  }

  get phase(): string | undefined {
    return this.statuses.at(-1)?.phase;
  }

  get living(): JobFacts[] {
    return [...this.jobs.values()].filter((job) => job.phase === 'Active');
  }

  observed(): Observed {
    const { enabled, deleting } = this.spec;
    return sealed({
      restore: { generation: 1, enabled, deleting, mappings: 1, problem: null, approve: this.approve },
      hold: holdIn(this.status),
      report: this.report,
      jobs: [...this.jobs.values()],
      leftovers: [],
      overwritten: false,
    });
  }

  /** As the operator does on every change. */
  async tell(observed = this.observed(), state?: RestoreState): Promise<void> {
    await this.client.workflow.signalWithStart('restore', {
      workflowId: workflowIdOf(this.ref),
      taskQueue: this.#plane.queue,
      args: [state ?? this.remembered()],
      signal: 'observed',
      signalArgs: [observed],
      workflowIdReusePolicy: 'ALLOW_DUPLICATE',
      workflowIdConflictPolicy: 'USE_EXISTING',
    });
  }

  /** What a new chain of executions begins with: the status, as Kubernetes has it. */
  remembered(): RestoreState {
    return initialState(this.ref, this.status, isErrand(this.observed().observation, this.status));
  }

  get status(): RestoreStatus {
    const last = this.statuses.at(-1);
    return {
      conditions: (last?.conditions ?? []).map((c) => ({ ...c, lastTransitionTime: '2026-01-01T00:00:00Z' })),
      ...(last === undefined ? {} : { phase: last.phase, attempt: last.attempt, sequence: last.sequence }),
      ...(last?.job == null ? {} : { job: last.job }),
      ...(last?.started === true ? { startTime: '2026-01-01T00:00:00Z' } : {}),
      ...(last === undefined ? {} : { resumedFrom: last.resumedFrom, errand: last.errand, workflow: last.workflow }),
    };
  }

  /** `kubectl delete job`: Job and pod are gone at once. */
  async deleteJob(uid: string): Promise<void> {
    this.jobs.delete(uid);
    await this.#pods.get(uid)?.kill();
  }

  /** The pod dies, and the Job with it. */
  async losePod(uid: string, loss: NonNullable<PodFacts['loss']>): Promise<void> {
    const job = this.jobs.get(uid);
    if (job?.pod == null) throw new Error(`no Job ${uid}`);
    await this.#pods.get(uid)?.kill();
    this.jobs.set(uid, { ...job, phase: 'Failed', pod: { ...job.pod, running: false, loss } });
  }

  /** The pod has ended by itself, and the Job with it. */
  async endPod(uid: string): Promise<void> {
    const job = this.jobs.get(uid);
    if (job?.pod == null) throw new Error(`no Job ${uid}`);
    await this.#pods.get(uid)?.kill();
    this.jobs.set(uid, { ...job, phase: 'Complete', pod: { ...job.pod, running: false } });
  }

  /** The pod's container has ended by itself; what was injected beside it goes on, so the Job does too. */
  async endContainer(uid: string): Promise<void> {
    const job = this.jobs.get(uid);
    if (job?.pod == null) throw new Error(`no Job ${uid}`);
    await this.#pods.get(uid)?.kill();
    const loss = { reason: 'PodFailed', message: 'ended with code 0', disruption: false, outOfMemory: false };
    this.jobs.set(uid, { ...job, pod: { ...job.pod, running: false, loss } });
  }

  /** The Job has this pod now, whichever it had. */
  givePod(uid: string, podUid: string): void {
    const job = this.jobs.get(uid);
    if (job?.pod == null) throw new Error(`no Job ${uid}`);
    this.jobs.set(uid, { ...job, pod: { ...job.pod, uid: podUid } });
  }

  async connectPods(): Promise<void> {
    for (const pod of this.#pods.values()) await pod.start();
  }

  /** Why the Job does not get on, as the operator sees it; null when it does. */
  hinder(uid: string, hindered: Trouble | null): void {
    const job = this.jobs.get(uid);
    if (job === undefined) throw new Error(`no Job ${uid}`);
    this.jobs.set(uid, { ...job, hindered });
  }

  /** What the order of the Job was made from is changed. */
  outdate(uid: string): void {
    const job = this.jobs.get(uid);
    if (job === undefined) throw new Error(`no Job ${uid}`);
    this.jobs.set(uid, { ...job, outdated: true });
  }

  /** The last Job that was made. Fails if there is none. */
  lastJob(): string {
    const uid = this.made.at(-1);
    if (uid === undefined) throw new Error('no Job was made');
    return uid;
  }

  /** `temporal workflow reset`: the execution begins again where its first decision was to be made. */
  async resetToBeginning(): Promise<void> {
    const { namespace } = this.client.options;
    const { events } = await this.handle.fetchHistory();
    const first = events?.find(({ workflowTaskCompletedEventAttributes: done }) => done != null);
    const { runId } = await this.handle.describe();
    await this.client.workflowService.resetWorkflowExecution({
      namespace,
      workflowExecution: { workflowId: workflowIdOf(this.ref), runId },
      reason: 'test',
      requestId: randomUUID(),
      workflowTaskFinishEventId: first?.eventId ?? null,
    });
  }

  async until(what: string, holds: () => boolean | Promise<boolean>, withinMs = 60_000): Promise<void> {
    const deadline = Date.now() + withinMs;
    while (!(await holds())) {
      if (Date.now() > deadline) {
        const last = this.statuses.at(-1);
        throw new Error(`${what}: not within ${withinMs} ms. ${JSON.stringify({ ...last, records: this.records })}`);
      }
      await sleep(50);
    }
  }

  async end(): Promise<void> {
    await this.handle.terminate('the test is over').catch(() => undefined);
    for (const pod of this.#pods.values()) await pod.kill();
  }

  async #makeJob(attempt: number): Promise<JobFacts> {
    const uid = randomUUID();
    const pod = new PretendedPod(this, uid, this.#plane.native);
    if (!this.areCutOff) await pod.start();
    this.#pods.set(uid, pod);
    const job: JobFacts = {
      name: `orders-${uid.slice(0, 5)}`,
      uid,
      attempt,
      reportGone: false,
      phase: 'Active',
      deleting: false,
      outdated: false,
      hindered: null,
      pod: { uid: `pod-${uid}`, running: true, imageId: `sha256:${uid}`, hindered: null, loss: null },
    };
    this.jobs.set(uid, job);
    this.made.push(uid);
    return job;
  }

  #controlActivities(): ControlActivities {
    return {
      ensureJob: async ({ attempt }) => {
        const { report } = this;
        if (report === null || report.deleting) return { refused: { reason: 'ReportTerminating', message: 'away' } };
        const job = this.living[0] ?? (await this.#makeJob(attempt));
        return { job: { name: job.name, uid: job.uid }, attempt };
      },
      confirmJob: async ({ job }) => {
        await this.faults.confirmJob?.();
        return this.jobs.get(job.uid) ?? null;
      },
      deleteJob: ({ job }) => this.deleteJob(job.uid),
      recallClaims: () => Promise.resolve(this.claims),
      checkClaim: () => Promise.resolve(this.isClaimed ? claimedElsewhere : null),
      claimTargets: async () => {
        await this.faults.claimTargets?.();
        return this.isClaimed ? claimedElsewhere : null;
      },
      confirmApproval: ({ value }) => Promise.resolve(!this.isForged && this.approve === value),
      removeApproval: async ({ value }) => {
        await this.faults.removeApproval?.();
        if (this.approve === value) this.approve = null;
      },
      publishStatus: async (status) => {
        const newer = newerThan(status, this.status);
        if (newer !== null) return { newer };
        this.statuses.push(status);
        await this.faults.publishStatus?.();
        return 'written';
      },
      publishProgress: async () => this.faults.publishProgress?.(),
    };
  }
}

/** A test in a world of its own. */
export function inWorld(what: string, happens: (world: World) => Promise<void>): void {
  test(what, async () => {
    const world = await World.begin();
    try {
      await happens(world);
    } finally {
      await world.end();
    }
  });
}

const claimedElsewhere = { reason: 'TargetClaimed', message: 'Topic orders is being restored by another Restore.' };
