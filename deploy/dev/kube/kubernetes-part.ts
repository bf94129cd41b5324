import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { cached } from '../cache.ts';
import { installPackages } from '../debian.ts';
import { forwardFromBridge } from '../forward.ts';
import type { Part } from '../part.ts';
import { portFor } from '../ports.ts';
import { linkProgram } from '../program-link.ts';
import { serversOf, startServers, stopServers } from '../servers.ts';
import { StackError } from '../stack-error.ts';
import { updateStack } from '../state.ts';
import { kubernetesPrograms, KUBERNETES_VERSION, pauseImage } from './build.ts';
import { apiServer, controllerManager, etcd, scheduler } from './control-plane.ts';
import { ensureCredentials } from './credentials.ts';
import { adminKubeconfig, clusterFolder, layoutOf, nodeNames } from './layout.ts';
import { startNode, stopNode } from './nodes.ts';
import { missingForNode, packages } from './requirements.ts';
import { kubeProxy } from './node.ts';
import { cleanRules } from './teardown.ts';
import { ensureVolumes, recycleVolumes } from './volumes.ts';

/** A Kubernetes cluster of one node: this machine. */
export const kubernetesPart: Part = {
  name: 'kubernetes',
  title: `Kubernetes ${KUBERNETES_VERSION}`,
  variable: 'KUBECONFIG',
  useExisting: (value) => updateStack((stack) => (stack.kubernetes = { kubeconfig: value, kubectl: 'kubectl' })),
  ownValue: () => Promise.resolve(adminKubeconfig),
  missing: missingForNode,
  install: async () => {
    await installPackages(packages);
    await cached(await kubernetesPrograms());
    await cached(await pauseImage());
  },
  start: async (bridge) => {
    if (bridge === undefined) throw new StackError('Kubernetes needs root, for the network of its pods.');
    const programs = await cached(await kubernetesPrograms());
    const apiPort = await portFor('kube-apiserver');
    await mkdir(clusterFolder, { recursive: true });
    await ensureCredentials(apiPort);
    const cli = await linkProgram('kubectl', join(programs, 'kube'));
    updateStack((stack) => {
      stack.kubernetes = { kubeconfig: adminKubeconfig, kubectl: cli, containerd: layoutOf('node1').containerdSocket };
    });

    await startServers('kubernetes', [await etcd(programs)]);
    await startServers('kubernetes', [
      await apiServer(programs, bridge),
      forwardFromBridge('kube-apiserver-pods', bridge, apiPort),
    ]);
    await startServers('kubernetes', [await controllerManager(programs, bridge), await scheduler(programs)]);
    await startNode('node1', programs, bridge);
    // It waits for its node, and after 30 s goes on without what it wanted to know of it.
    await startServers('kubernetes', [await kubeProxy(programs, bridge)]);
    await ensureVolumes();
    await recycleVolumes();
  },
  stop: async () => {
    if (serversOf('kubernetes').length === 0) return;
    const programs = await cached(await kubernetesPrograms());
    // As when a machine is switched off: first what would start pods again, then the pods, then the rest.
    await stopServers(['kube-proxy']);
    for (const node of nodeNames) await stopNode(node, programs);
    await cleanRules(programs);
    await stopServers(serversOf('kubernetes').reverse());
  },
};
