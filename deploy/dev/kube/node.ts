import { execa } from 'execa';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { Bridge } from '../bridge.ts';
import { logFolder } from '../folders.ts';
import { portFor } from '../ports.ts';
import type { Server } from '../server.ts';
import { PAUSE_IMAGE } from './build.ts';
import { kubernetesServer } from './control-plane.ts';
import { kubeconfig, kubeletClient } from './credentials.ts';
import { clusterFolder, containerdSocket, keyFolder, kubeletFolder, NODE_NAME } from './layout.ts';
import { containerdConfig, kubeletConfig, networkConfig } from './node-config.ts';

const networkFolder = join(clusterFolder, 'network');
const runtimeFolder = join(clusterFolder, 'containerd');

/** Runs the containers. */
export async function containerd(bridge: Bridge): Promise<Server> {
  const config = join(clusterFolder, 'containerd.toml');
  await mkdir(networkFolder, { recursive: true });
  await writeFile(
    join(networkFolder, '10-bridge.conflist'),
    networkConfig(bridge, join(clusterFolder, 'pod-addresses')),
  );
  await writeFile(
    config,
    containerdConfig({
      root: join(runtimeFolder, 'root'),
      state: join(runtimeFolder, 'state'),
      socket: containerdSocket,
      networkFolder,
      pauseImage: PAUSE_IMAGE,
    }),
  );
  return {
    name: 'containerd',
    command: ['containerd', '--config', config],
    cwd: clusterFolder,
    env: {},
    log: join(logFolder, 'containerd.log'),
    ready: {
      kind: 'command',
      command: ['ctr', '--address', containerdSocket, '--connect-timeout', '2s', 'namespaces', 'list', '--quiet'],
    },
    stopSeconds: 10,
  };
}

/** Runs the pods. */
export async function kubelet(programs: string, bridge: Bridge): Promise<Server> {
  const config = join(clusterFolder, 'kubelet.yaml');
  const healthPort = await portFor('kubelet-health');
  const settings = {
    address: bridge.address,
    port: await portFor('kubelet'),
    healthPort,
    containerdSocket,
    clientCertificate: kubeletClient.certificate,
    folder: kubeletFolder,
  };
  await writeFile(config, stringify(kubeletConfig(settings)));
  return kubernetesServer(programs, 'kubelet', { kind: 'http', url: `http://127.0.0.1:${healthPort}/healthz` }, [
    ...['--config', config, '--kubeconfig', kubeconfig('kubelet'), '--root-dir', kubeletFolder],
    ...['--cert-dir', join(keyFolder, 'kubelet'), '--hostname-override', NODE_NAME, '--node-ip', bridge.address],
  ]);
}

/** Makes the addresses of services work. */
export async function kubeProxy(programs: string, bridge: Bridge): Promise<Server> {
  const health = `127.0.0.1:${await portFor('kube-proxy-health')}`;
  return kubernetesServer(programs, 'kube-proxy', { kind: 'http', url: `http://${health}/livez` }, [
    ...['--kubeconfig', kubeconfig('proxy'), '--hostname-override', NODE_NAME],
    ...['--proxy-mode', 'iptables', '--cluster-cidr', bridge.subnet, '--nodeport-addresses', 'primary'],
    ...['--healthz-bind-address', health, '--metrics-bind-address', `127.0.0.1:${await portFor('kube-proxy-metrics')}`],
    // The machine's own limits for connections stay as they are.
    ...['--conntrack-max-per-core', '0', '--conntrack-tcp-timeout-established', '0s'],
    ...['--conntrack-tcp-timeout-close-wait', '0s'],
  ]);
}

/** Makes the images of this archive known to the node. */
export async function importImages(archive: string): Promise<void> {
  await execa('ctr', ['--address', containerdSocket, '--namespace', 'k8s.io', 'images', 'import', archive]);
}
