import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Bridge } from '../bridge.ts';
import { cached } from '../cache.ts';
import { signal } from '../server.ts';
import { isRunning, killServer, startServer, startServers, stopServers } from '../servers.ts';
import { StackError } from '../stack-error.ts';
import { readStack } from '../state.ts';
import { kubernetesPrograms, pauseImage } from './build.ts';
import { makeControlGroup, prefer, processesIn } from './control-groups.ts';
import { copyImages, importImages } from './images.ts';
import { kubectl } from './kubectl.ts';
import { layoutOf, type NodeName } from './layout.ts';
import { containerd, kubelet } from './node.ts';
import { cleanNode, shims, stopPods } from './teardown.ts';

/** Starts what does not run of a node, and returns when pods can run there. */
export async function startNode(name: NodeName, programs: string, bridge: Bridge): Promise<void> {
  const node = layoutOf(name);
  await startServers('kubernetes', [await containerd(node, bridge)]);
  await importImages(join(await cached(await pauseImage()), 'pause.tar'), name);
  if (name !== 'node1') {
    const archive = join(node.folder, 'images.tar');
    await copyImages(name, archive);
    await rm(archive);
  }
  await makeControlGroup(node.cgroup);
  await startServers('kubernetes', [await kubelet(programs, node, bridge)]);
  await kubectl(['wait', `node/${name}`, '--for', 'create', '--timeout', '60s']);
  await kubectl(['wait', `node/${name}`, '--for', 'condition=Ready', '--timeout', '120s']);
  await prefer(node.outermostCgroup);
}

/** A node that tests may lose: the first one has what the cluster itself needs. */
export type LosableNode = Exclude<NodeName, 'node1'>;

/** Makes another node of the cluster that runs; without effect if it is there. */
export async function addNode(name: LosableNode): Promise<void> {
  const { bridge } = readStack('kubernetes');
  if (bridge === undefined) throw new StackError('The cluster is not one of this stack: nodes cannot be added to it.');
  await startNode(name, await cached(await kubernetesPrograms()), bridge);
}

/** Takes a node out of the cluster, and everything that runs there. */
export async function removeNode(name: LosableNode): Promise<void> {
  await stopNode(name, await cached(await kubernetesPrograms()));
  await kubectl(['delete', 'node', name, '--ignore-not-found']);
}

/** As when its machine has no power any more: nothing that ran there says a last word. */
export async function powerOff(name: LosableNode): Promise<void> {
  const node = layoutOf(name);
  await killServer(node.kubelet);
  await killServer(node.containerd);
  // Until nothing is left that could start another one.
  for (let living = processesIn(node.cgroup); living.length > 0; living = processesIn(node.cgroup)) {
    for (const process of living) signal(process, 'SIGKILL');
    await sleep(50);
  }
  await cleanNode(node);
}

/** As when a machine is switched off: first what would start pods again, then the pods, then the rest. */
export async function stopNode(name: NodeName, programs: string): Promise<void> {
  const node = layoutOf(name);
  if (!existsSync(node.folder)) return;
  await stopServers([node.kubelet]);
  if (shims(node).length > 0) await startServer(node.containerd);
  if (isRunning(node.containerd)) await stopPods(programs, node);
  await stopServers([node.containerd]);
  await cleanNode(node);
}
