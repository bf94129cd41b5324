import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { kubectl } from '../../../deploy/dev/kube/kubectl.ts';
import { layoutOf } from '../../../deploy/dev/kube/layout.ts';
import { addNode, powerOff, type LosableNode } from '../../../deploy/dev/kube/nodes.ts';
import { signal } from '../../../deploy/dev/server.ts';
import { killServer, startServer } from '../../../deploy/dev/servers.ts';
import { isEnd } from '../../../src/model/phase.ts';
import type { Restore } from '../../../src/model/resources/restore.ts';
import { outage } from '../../support/interruptions/outage.ts';
import { podOf } from '../../support/interruptions/ways.ts';
import { programOf } from '../../support/pod-process.ts';
import { jobOf, k, until } from '../../support/restores.ts';

const THE_OTHER: LosableNode = 'node2';

/** How long the pod that was cut off has for its misdeeds. Milliseconds. */
const ZOMBIE = 5_000;
/** Kubernetes gives up what ran on a node that is gone after a minute or so. Milliseconds. */
const PATIENT = 300_000;

/**
 * The kubelet is gone and its pods live on: a person deletes the Job, and when the next pod is at work the old one, which
 * was frozen meanwhile, goes on as if nothing had happened.
 */
export async function cutOff(restore: Restore): Promise<void> {
  await outage(async () => {
    const before = await movedTo(THE_OTHER, restore);
    const program = await programOf((await podOf(before)).uid);
    signal(program, 'SIGSTOP');
    const { kubelet } = layoutOf(THE_OTHER);
    await killServer(kubelet);
    try {
      await kubectl(['cordon', THE_OTHER]);
      await k('delete', 'job', jobOf(before), '--wait=false');
      await untilNextAttempt(before);
      signal(program, 'SIGCONT');
      await sleep(ZOMBIE);
    } finally {
      await startServer(kubelet);
      await kubectl(['uncordon', THE_OTHER]);
    }
  });
}

/** The machine of the node is gone, and somebody says so to Kubernetes. */
export async function loseNode(restore: Restore): Promise<void> {
  await outage(async () => {
    const before = await movedTo(THE_OTHER, restore);
    await powerOff(THE_OTHER);
    try {
      await kubectl(['delete', 'node', THE_OTHER]);
      await untilNextAttempt(before);
    } finally {
      await addNode(THE_OTHER);
    }
  });
}

/** Moves a Restore's pod as a person would: no other node takes pods while its Job is deleted. */
async function movedTo(node: LosableNode, restore: Restore): Promise<Restore> {
  const { name } = restore.metadata;
  // What befell others while this waited for its turn may have befallen it, too.
  const now = await until(name, 'at work again', ({ status: { phase } }) => phase === 'Restoring' || isEnd(phase));
  if ((await podOf(now)).node === node) return now;
  await kubectl(['cordon', 'node1']);
  try {
    await k('delete', 'job', jobOf(now));
    const moved = await untilNextAttempt(now);
    assert.equal((await podOf(moved)).node, node);
    return moved;
  } finally {
    await kubectl(['uncordon', 'node1']);
  }
}

const untilNextAttempt = ({ metadata: { name }, status: { attempt = 0 } }: Restore): Promise<Restore> =>
  until(
    name,
    `at work in an attempt after ${attempt}`,
    ({ status }) => status.phase === 'Done' || ((status.attempt ?? 0) > attempt && status.phase === 'Restoring'),
    PATIENT,
  );
