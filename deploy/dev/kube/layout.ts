import { join } from 'node:path';
import { stateFolder } from '../folders.ts';

/** Where the cluster keeps its files. */
export const clusterFolder = join(stateFolder, 'kubernetes');

/** Keys, certificates, tokens. */
export const keyFolder = join(clusterFolder, 'keys');

/** Kubeconfig of the administrator. */
export const adminKubeconfig = join(stateFolder, 'kubeconfig');

/** The folders of the local persistent volumes. */
export const volumeFolder = join(clusterFolder, 'volumes');

/** The nodes that this machine plays: the first is always there, the second while somebody wants one that can be lost. */
export const nodeNames = ['node1', 'node2'] as const;
export type NodeName = (typeof nodeNames)[number];

/** Where a node keeps its files, and what its servers are called. */
export interface NodeLayout {
  readonly name: NodeName;
  readonly folder: string;
  readonly containerd: string;
  readonly containerdSocket: string;
  readonly kubelet: string;
  /** Everything that pods mount is mounted below this folder. */
  readonly kubeletFolder: string;
  /** Control group of all pods of the node, one of its own for each: a kubelet ends what it does not know there. */
  readonly cgroup: string;
  /** The one that shares the machine's processors with everything else. */
  readonly outermostCgroup: string;
}

export function layoutOf(name: NodeName): NodeLayout {
  const folder = join(clusterFolder, name);
  return {
    name,
    folder,
    containerd: `containerd-${name}`,
    containerdSocket: join(folder, 'containerd.sock'),
    kubelet: `kubelet-${name}`,
    kubeletFolder: join(folder, 'kubelet'),
    // The kubelet puts pods into a group of this name.
    ...(name === 'node1'
      ? { cgroup: '/', outermostCgroup: '/kubepods' }
      : { cgroup: `/rekindle-${name}`, outermostCgroup: `/rekindle-${name}` }),
  };
}

/** Addresses of services; pods reach the API server at the first one. */
export const SERVICE_SUBNET = '10.96.0.0/16';
