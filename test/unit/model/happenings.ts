import { picture } from './pictures.ts';
import type { ControlPlane } from './control-plane.ts';
import { cutOff, deleted, isActive, killed, left, outdated, replaced, withoutReport } from './kubernetes.ts';

/** Something that can happen to a Restore at any moment. */
export interface Happening {
  /** In how many ways it can happen now. */
  readonly ways: (world: ControlPlane) => number;
  readonly happens: (world: ControlPlane, way: number) => void;
}

const killedPod = { reason: 'PodKilled', message: '', disruption: false, outOfMemory: false };
const evicted = { ...killedPod, reason: 'PodEvicted', disruption: true };
const outOfMemory = { ...killedPod, reason: 'OutOfMemory', outOfMemory: true };
const trouble = { reason: killedPod.reason, message: '' };

const one = (happens: Happening['happens']): Happening => ({ ways: () => 1, happens });

export const happenings: Readonly<Record<string, Happening>> = {
  // Observations: late, twice, in any order, of two leaders with watches of their own, before and after one another.
  told: one((world) => world.attend(world.picture)),
  'told of the past': { ways: ({ past }) => past.pictures, happens: (world, n) => world.attend(world.past.picture(n)) },

  // Jobs and pods.
  'Job made late': one((world) => world.makeLate()),
  'Job deleted': one((world) => world.change(deleted(world.kubernetes))),
  'Job that is over cleaned up': one((world) => world.change({ jobs: world.kubernetes.jobs.filter(isActive) })),
  'pod killed': one((world) => world.change({ jobs: killed(world.kubernetes.jobs, killedPod) })),
  'pod evicted': one((world) => world.change({ jobs: killed(world.kubernetes.jobs, evicted) })),
  'out of memory': one((world) => world.change({ jobs: killed(world.kubernetes.jobs, outOfMemory) })),
  'pod left': one((world) => world.change(left(world.kubernetes))),
  'node cut off, its pod goes on': one((world) => world.change(cutOff(world.kubernetes, evicted))),
  'nodes full': one((world) => world.change({ full: true })),
  'nodes free': one((world) => world.startPods()),
  'order outdated': one((world) => world.change({ jobs: outdated(world.kubernetes.jobs) })),
  'pod replaced': one((world) => world.change({ jobs: replaced(world.kubernetes.jobs) })),

  // The Restore and the volume claim of its report.
  disabled: one((world) => world.changeRestore({ enabled: false })),
  enabled: one((world) => world.changeRestore({ enabled: true })),
  'Restore deleted': one((world) => world.changeRestore({ deleting: true })),
  'report deleted': one((world) => {
    const { report } = world.kubernetes;
    world.change({ report: report && { ...report, deleting: true } });
  }),
  'report gone': one((world) => world.change(withoutReport(world.kubernetes))),
  'report new': one((world) => world.change({ report: { ...picture().report, ...newReport } })),

  // Temporal and who can reach it.
  time: one((world) => world.pass(20_000)),
  terminated: one((world) => {
    world.terminate();
    world.attend(world.picture);
  }),
  forgotten: one((world) => world.forget()),
  reset: { ways: ({ past }) => past.states.length, happens: (world, n) => world.reset(n) },
  cancelled: one((world) => world.cancel()),
  pause: one((world) => world.pause('PausedBySignal')),
  resume: one((world) => world.pause(null)),
  'history long while waiting': one((world) => world.lengthen()),

  // What the pod does and says.
  guarded: one((world) => world.guard()),
  waits: one((world) => world.wait(trouble)),
  fenced: one((world) => world.finish({ end: 'Lost', trouble })),
  refused: one((world) => world.finish({ end: 'Failed', trouble })),
  'done, says the pod': one((world) => world.answer({ end: 'Done' })),
  'refused, says the pod': one((world) => world.answer({ end: 'Failed', trouble })),
  'history long': one((world) => world.finish({ end: 'HandedOver' })),
  done: one((world) => world.finish({ end: 'Done' })),
};

const newReport = { name: 'r-report-new', uid: 'claim-2', deleting: false };
