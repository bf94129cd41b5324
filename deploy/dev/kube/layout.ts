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

export const containerdSocket = join(clusterFolder, 'containerd.sock');

/** Everything that pods mount is mounted below this folder. */
export const kubeletFolder = join(clusterFolder, 'kubelet');

export const NODE_NAME = 'node1';

/** Addresses of services; pods reach the API server at the first one. */
export const SERVICE_SUBNET = '10.96.0.0/16';
