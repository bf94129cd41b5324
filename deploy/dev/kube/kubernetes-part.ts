import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { cached } from '../cache.ts';
import { installPackages } from '../debian.ts';
import { forwardFromBridge } from '../forward.ts';
import type { Part } from '../part.ts';
import { portFor } from '../ports.ts';
import { linkProgram } from '../program-link.ts';
import { isRunning, serversOf, startServer, startServers, stopServers } from '../servers.ts';
import { StackError } from '../stack-error.ts';
import { updateStack } from '../state.ts';
import { kubernetesPrograms, KUBERNETES_VERSION, pauseImage } from './build.ts';
import { apiServer, controllerManager, etcd, scheduler } from './control-plane.ts';
import { ensureCredentials } from './credentials.ts';
import { kubectl } from './kubectl.ts';
import { adminKubeconfig, clusterFolder, containerdSocket, NODE_NAME } from './layout.ts';
import { containerd, importImages, kubelet, kubeProxy } from './node.ts';
import { missingForNode, packages } from './requirements.ts';
import { cleanNode, cleanRules, shims, stopPods } from './teardown.ts';
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
      stack.kubernetes = { kubeconfig: adminKubeconfig, kubectl: cli, containerd: containerdSocket };
    });

    await startServers('kubernetes', [await etcd(programs)]);
    await startServers('kubernetes', [
      await apiServer(programs, bridge),
      forwardFromBridge('kube-apiserver-pods', bridge, apiPort),
    ]);
    await startServers('kubernetes', [
      await controllerManager(programs, bridge),
      await scheduler(programs),
      await containerd(bridge),
    ]);
    await importImages(join(await cached(await pauseImage()), 'pause.tar'));
    await startServers('kubernetes', [await kubelet(programs, bridge), await kubeProxy(programs, bridge)]);
    await kubectl(['wait', `node/${NODE_NAME}`, '--for', 'condition=Ready', '--timeout', '120s']);
    await ensureVolumes();
    await recycleVolumes();
  },
  stop: async () => {
    if (serversOf('kubernetes').length === 0) return;
    const programs = await cached(await kubernetesPrograms());
    // As when a machine is switched off: first what would start pods again, then the pods, then the rest.
    await stopServers(['kube-proxy', 'kubelet']);
    if (shims().length > 0) await startServer('containerd');
    if (isRunning('containerd')) await stopPods(programs);
    await stopServers(['containerd']);
    await cleanNode();
    await cleanRules(programs);
    await stopServers(serversOf('kubernetes').reverse());
  },
};
