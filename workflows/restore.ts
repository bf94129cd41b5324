import { CancellationScope, CancelledFailure, makeContinueAsNewFunc, patched, setHandler } from '@temporalio/workflow';
import type { Observed } from '../src/model/observation.ts';
import { afterAttempt, afterOpening } from '../src/model/state.ts';
import type { JobRef, Loss, RestoreState } from '../src/model/state.ts';
import { nothingFound } from '../src/model/status-report.ts';
import { operator } from './ask.ts';
import { Holding } from './holding.ts';
import { Knowledge } from './knowledge.ts';
import { progressQuery, stateQuery } from './messages.ts';
import { PodWork } from './pod-work.ts';
import { Teller } from './teller.ts';

/** How the workflow of a Restore can close, other than by the next execution or a cancellation. */
export type RestoreEnd = 'Done' | 'Failed' | 'Deleted';

/**
 * The promise that a Restore is: its records get into Kafka, once, whatever happens to the pod that brings them there.
 *
 * An execution serves one attempt: one Job with one pod. It decides what to do from what it knows, does it, and decides
 * again with every message and every answer. When the attempt is over without an end, the next execution makes the next
 * one, and goes on from the report.
 *
 * What it knows may be late or wrong, so nothing irreversible follows from a message alone: that a Job is gone is asked
 * of the API server, and the API server, not this workflow, sees to it that there is one Job at a time.
 */
export async function restore(handed: RestoreState, last: Observed | null = null): Promise<RestoreEnd> {
  const known = new Knowledge(handed, last);
  const teller = new Teller();
  setHandler(stateQuery, () => ({ phase: teller.phase, state: known.state }));
  setHandler(progressQuery, () => known.work?.progress ?? null);

  // A cancellation is one message more: the pod flushes, the status says so, then the execution closes as cancelled.
  CancellationScope.current().cancelRequested.catch(() => known.cancel());

  return await CancellationScope.nonCancellable(async () => {
    for (;;) {
      const step = known.decide();
      await teller.tell(known, step);
      // It may have taken long to say it, and these two cannot be taken back.
      if ((step.do === 'create' || step.do === 'end') && known.hasChanged && patched('decided-again')) continue;

      switch (step.do) {
        case 'wait':
          await known.change(step.until);
          break;

        case 'create':
          await makeJob(known);
          break;

        case 'run':
          work(known);
          await known.change(step.until);
          break;

        case 'stop':
          work(known).stop(step.as);
          await known.change();
          break;

        case 'take':
          known.update({ job: step.job, attempt: Math.max(step.attempt, known.state.attempt) });
          break;

        case 'look':
          await lookAtJob(known);
          break;

        case 'release':
          await release(known, step.loss);
          break;

        case 'hand over':
          return await nextExecution(known);

        case 'end':
          if (step.as === 'Cancelled') throw new CancelledFailure('Cancelled; the Restore is paused.');
          return step.as;
      }
    }
  });
}

/** The Job of this attempt, new or found; refused while something is in its way. */
async function makeJob(known: Knowledge): Promise<void> {
  const { restore, attempt } = known.state;
  const made = await operator(`attempt ${attempt}: make the Job`).ensureJob({ restore, attempt });
  if ('refused' in made) known.refuse(made.refused);
  else {
    known.refused = null;
    known.update({ job: made.job, attempt: made.attempt });
  }
}

/** The work with the pod of the Job in hand; it goes on while we look at other things. */
function work(known: Knowledge): PodWork {
  const job = inHand(known.state);
  known.served = true;
  known.work ??= new PodWork({
    restore: known.state.restore,
    attempt: known.state.attempt,
    job,
    guarded: known.state.guarded,
    errand: known.state.errand,
    holding: new Holding(known),
    given: known.given,
    imageIdOf: (podUid) => known.imageIdOf(podUid),
    onOpened: ({ resumedFromRecords, errand }) => {
      // What was looked at before that knows nothing of this pod.
      if (patched('looked-before-opening')) known.forgetLook();
      known.update(afterOpening(known.state, resumedFromRecords, errand));
    },
    onGuarded: (guarded) => known.update({ guarded }),
    onChange: () => known.changed(),
  });
  return known.work;
}

/** What the API server itself says about the Job. Only this makes it gone. */
async function lookAtJob(known: Knowledge): Promise<void> {
  const job = inHand(known.state);
  const { restore } = known.state;
  known.looked(job.uid, await operator(`what became of Job ${job.name}`).confirmJob({ restore, job }));
}

/** The attempt is over: nothing is left of its Job, and the next attempt has the next number. */
async function release(known: Knowledge, loss: Loss | null): Promise<void> {
  const job = inHand(known.state);
  const why = loss?.message ?? 'It was stopped.';
  await operator(`delete Job ${job.name}. ${why}`).deleteJob({ restore: known.state.restore, job });
  const { claimed, held } = known.work?.findings ?? known.found;
  known.found = { ...nothingFound, claimed, held };
  known.work = null;
  known.update(afterAttempt(known.state, loss, Date.now()));
}

/** The next execution begins with all that this one knows. Nothing may be awaited between the arguments and the call. */
async function nextExecution({ state, last }: Knowledge): Promise<never> {
  return await makeContinueAsNewFunc<typeof restore>()(state, last);
}

function inHand({ job }: RestoreState): JobRef {
  if (job === null) throw new Error('there is no Job');
  return job;
}
