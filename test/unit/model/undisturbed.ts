import assert from 'node:assert/strict';
import type { ControlPlane } from './control-plane.ts';
import { deleted as jobsDeleted, untouched } from './kubernetes.ts';

/** Messages after which a Restore that nothing disturbs has long come to its end. */
const messages = 10;

/** It is disabled then, and nothing else happens: the pod must leave. */
export function comesToRest(world: ControlPlane): 'at rest' {
  world.changeRestore({ enabled: false });
  for (let i = 0; i < messages; i++) {
    world.startPods();
    world.attend(world.picture);
    world.pass(60_000);
    world.take();
  }
  assert.ok(!world.works, 'a pod goes on although it is disabled');
  return 'at rest';
}

/**
 * After all that happened, nothing bad does any more, and what is seen is what is: the Restore must get to its end.
 * @param deleted the Restore itself is deleted; a name that comes back is another Restore
 */
export function getsToItsEnd(world: ControlPlane, deleted: boolean): 'Done' | 'Deleted' {
  const deleting = deleted || world.kubernetes.restore.deleting;
  world.change({ restore: { enabled: true, deleting }, report: untouched.report });
  world.state = { ...world.state, paused: null };
  world.take();
  for (let i = 0; i < messages && world.ended?.as !== 'Done' && world.ended?.as !== 'Deleted'; i++) {
    if (world.ended !== null) beginAgain(world);
    world.startPods();
    world.tell(world.picture);
    // What it waits for comes, but not what only an older order names.
    if (world.seesOutdated !== true) world.wait(null);
    world.pass(60_000);
    world.tell(world.picture);
    world.finish({ end: 'Done' });
  }
  const { ended } = world;
  if (ended?.as === 'Done' || (deleting && ended?.as === 'Deleted')) return ended.as;
  assert.fail(`it does not get to its end: ${ended?.as ?? 'it goes on'}`);
}

function beginAgain(world: ControlPlane): void {
  // Deleting the Job is how a person says that it should be tried again.
  if (world.ended?.as === 'Failed') world.change(jobsDeleted(world.kubernetes));
  world.restart();
}

/** In how many ways a Restore can be left to itself. */
export const endings: Readonly<Record<string, (world: ControlPlane) => string>> = {
  'nothing more': (world) => getsToItsEnd(world, false),
  'nothing more, but it is deleted': (world) => getsToItsEnd(world, true),
  'nothing more, but it is disabled': comesToRest,
};
