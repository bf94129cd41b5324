import { setTimeout as sleep } from 'node:timers/promises';
import { Context } from '@temporalio/activity';
import type { GivenSignal } from '../src/model/audit.ts';
import type { PodProgress } from '../src/model/pod-progress.ts';
import type { Chunk, Proof, RestoreActivities } from './contract.ts';
import { withReasons } from './failure.ts';
import type { PodRun } from './pod-run.ts';
import type { Supervision } from './supervision.ts';

/** How long a chunk watches over the restore, milliseconds. */
const chunkMs = 60_000;
/** Time between heartbeats, and between looks at the progress, milliseconds. */
const beatMs = 2_000;
/** In a row, over a minute or more; whatever it is by then, a person must know. */
const triesOfUnnamed = 10;
/** A wait is only told when it lasts longer than this, milliseconds: leaders move all the time. */
const tellWaitAfterMs = 5_000;

export interface RestoreActivityDependencies {
  readonly run: PodRun;
  /** Own task queue of this pod. */
  readonly queue: string;
  readonly podUid: string;
  readonly supervision: Supervision;
  /** Adds who has sent them. */
  readonly withSenders: (signals: readonly GivenSignal[]) => Promise<readonly GivenSignal[]>;
}

/** What the pod does for the workflow. */
export function createRestoreActivities(dependencies: RestoreActivityDependencies): RestoreActivities {
  const { run, queue, podUid, supervision, withSenders } = dependencies;
  const beating = <T>(work: () => Promise<T>): Promise<T> => beat(run, supervision, work);

  const activities: RestoreActivities = {
    async openReport({ attempt, errand }) {
      return await beating(async () => ({ queue, podUid, ...(await run.open(attempt, errand)) }));
    },

    async preflight({ claims, approved }) {
      return await beating(() => run.preflight(claims, approved));
    },

    async prepareTarget({ claim, approved }) {
      return await beating(() => run.prepare(claim, approved));
    },

    async restoreChunk({ waiting, approved, imageId }) {
      run.noteImage(imageId);
      return await beating(() => watch(run, waiting, run.restore(approved)));
    },

    async prove() {
      return await beating(() => prove(run));
    },

    async closeReport(closing) {
      run.noteImage(closing.imageId);
      return await beating(async () => {
        if (!('signals' in closing)) return await run.close(closing);
        return await run.close({ ...closing, signals: await withSenders(closing.signals ?? []) });
      });
    },
  };
  return withReasons(activities, { tries: triesOfUnnamed });
}

/** Watches the restore, which goes on when this returns. Cancelled, it lets the restore flush before it answers. */
async function watch(run: PodRun, wasWaiting: boolean, restoring: Promise<'done' | 'more'>): Promise<Chunk> {
  const context = Context.current();
  const until = Date.now() + chunkMs;
  for (;;) {
    const outcome = await Promise.race([restoring, pause(context.cancellationSignal)]);
    const { progress, isHeld: held } = run;
    if (progress === null) throw new Error('no progress without a report');
    if (outcome !== null) return { done: outcome === 'done', held, progress };
    if (context.cancellationSignal.aborted) {
      if (context.cancellationDetails?.cancelRequested === true) await run.stop();
      context.cancellationSignal.throwIfAborted();
    }
    const hasChanged = !held && isWaiting(progress) !== wasWaiting;
    if (Date.now() >= until || hasChanged) return { done: false, held, progress };
  }
}

/** Cancelled, it ends the proof before it answers. */
async function prove(run: PodRun): Promise<Proof> {
  const context = Context.current();
  context.cancellationSignal.addEventListener('abort', () => {
    if (context.cancellationDetails?.cancelRequested === true) void run.stopProving();
  });
  try {
    return await run.prove();
  } finally {
    context.cancellationSignal.throwIfAborted();
  }
}

async function pause(signal: AbortSignal): Promise<null> {
  await sleep(beatMs, undefined, { signal }).catch(() => undefined);
  return null;
}

function isWaiting({ waiting }: PodProgress): boolean {
  return waiting !== null && Date.now() - Date.parse(waiting.since) > tellWaitAfterMs;
}

/** Heartbeats with the progress while the work goes on; who asked for it is there until it is cancelled. */
async function beat<T>(run: PodRun, supervision: Supervision, work: () => Promise<T>): Promise<T> {
  const context = Context.current();
  const beatNow = (): void => {
    context.heartbeat(run.progress);
    if (!context.cancellationSignal.aborted) supervision.seen();
  };
  beatNow();
  const timer = setInterval(beatNow, beatMs);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}
