import { join } from 'node:path';
import type { Bridge } from '../bridge.ts';
import { logFolder } from '../folders.ts';
import { GO_WITH_MEMORY } from '../go-program.ts';
import { portFor } from '../ports.ts';
import type { Probe } from '../probe.ts';
import type { Server } from '../server.ts';
import {
  kubeconfig,
  kubeletClient,
  serviceAccountKey,
  servingCertificate,
  servingFolder,
  tokenFile,
} from './credentials.ts';
import { clusterFolder, keyFolder, SERVICE_SUBNET } from './layout.ts';

const LOOPBACK = '127.0.0.1';

/** The database of the cluster. */
export async function etcd(programs: string): Promise<Server> {
  const client = `http://${LOOPBACK}:${await portFor('etcd')}`;
  const peer = `http://${LOOPBACK}:${await portFor('etcd-peer')}`;
  return kubernetesServer(programs, 'etcd', { kind: 'http', url: `${client}/health` }, [
    ...['--data-dir', join(clusterFolder, 'etcd'), '--log-level', 'warn'],
    ...['--listen-client-urls', client, '--advertise-client-urls', client],
    ...['--listen-peer-urls', peer, '--initial-advertise-peer-urls', peer, '--initial-cluster', `default=${peer}`],
    // A throwaway cluster: it need not outlive a power cut, only its processes.
    '--unsafe-no-fsync',
  ]);
}

/**
 * Listens on loopback only. The address that it tells pods is the bridge's, from where the same port is forwarded.
 */
export async function apiServer(programs: string, bridge: Bridge): Promise<Server> {
  const port = await portFor('kube-apiserver');
  const ready = [join(programs, 'kubectl'), '--kubeconfig', kubeconfig('admin'), 'get', '--raw', '/readyz'];
  return kubernetesServer(programs, 'kube-apiserver', { kind: 'command', command: ready }, [
    ...['--etcd-servers', `http://${LOOPBACK}:${await portFor('etcd')}`],
    ...['--bind-address', LOOPBACK, '--secure-port', `${port}`, '--advertise-address', bridge.address],
    ...['--cert-dir', servingFolder, '--service-cluster-ip-range', SERVICE_SUBNET],
    ...['--token-auth-file', tokenFile, '--anonymous-auth=false', '--authorization-mode', 'Node,RBAC'],
    ...['--enable-admission-plugins', 'NodeRestriction', '--allow-privileged'],
    ...['--service-account-issuer', 'https://kubernetes.default.svc'],
    ...['--service-account-key-file', serviceAccountKey, '--service-account-signing-key-file', serviceAccountKey],
    ...['--kubelet-client-certificate', kubeletClient.certificate, '--kubelet-client-key', kubeletClient.key],
    ...['--kubelet-preferred-address-types', 'InternalIP'],
  ]);
}

export async function controllerManager(programs: string, bridge: Bridge): Promise<Server> {
  const port = await portFor('kube-controller-manager');
  return kubernetesServer(programs, 'kube-controller-manager', { kind: 'tcp', host: LOOPBACK, port }, [
    ...['--kubeconfig', kubeconfig('controllerManager'), '--use-service-account-credentials', '--leader-elect=false'],
    ...['--service-account-private-key-file', serviceAccountKey, '--root-ca-file', servingCertificate],
    ...['--cluster-cidr', bridge.subnet, '--allocate-node-cidrs=false'],
    ...['--bind-address', LOOPBACK, '--secure-port', `${port}`, '--cert-dir', join(keyFolder, 'controller-manager')],
  ]);
}

export async function scheduler(programs: string): Promise<Server> {
  const port = await portFor('kube-scheduler');
  return kubernetesServer(programs, 'kube-scheduler', { kind: 'tcp', host: LOOPBACK, port }, [
    ...['--kubeconfig', kubeconfig('scheduler'), '--leader-elect=false'],
    ...['--bind-address', LOOPBACK, '--secure-port', `${port}`, '--cert-dir', join(keyFolder, 'scheduler')],
  ]);
}

/** A server of the cluster: one of the names of the program that holds them all. */
export function kubernetesServer(programs: string, name: string, ready: Probe, flags: readonly string[]): Server {
  return {
    name,
    command: [join(programs, name), ...flags],
    cwd: clusterFolder,
    env: GO_WITH_MEMORY,
    log: join(logFolder, `${name}.log`),
    ready,
    stopSeconds: 10,
  };
}
