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
import { clusterFolder, keyFolder, layoutOf, type NodeLayout } from './layout.ts';
import { containerdConfig, kubeletConfig, networkConfig } from './node-config.ts';

const networkFolder = join(clusterFolder, 'network');

/** Runs the containers. */
export async function containerd(node: NodeLayout, bridge: Bridge): Promise<Server> {
  const config = join(node.folder, 'containerd.toml');
  await mkdir(node.folder, { recursive: true });
  await mkdir(networkFolder, { recursive: true });
  await writeFile(
    join(networkFolder, '10-bridge.conflist'),
    networkConfig(bridge, join(clusterFolder, 'pod-addresses')),
  );
  await writeFile(
    config,
    containerdConfig({
      root: join(node.folder, 'containerd', 'root'),
      state: join(node.folder, 'containerd', 'state'),
      socket: node.containerdSocket,
      networkFolder,
      pauseImage: PAUSE_IMAGE,
    }),
  );
  return {
    name: node.containerd,
    command: ['containerd', '--config', config],
    cwd: clusterFolder,
    env: {},
    log: join(logFolder, `${node.containerd}.log`),
    ready: {
      kind: 'command',
      command: ['ctr', '--address', node.containerdSocket, '--connect-timeout', '2s', 'namespaces', 'list', '--quiet'],
    },
    stopSeconds: 10,
  };
}

/** Runs the pods. */
export async function kubelet(programs: string, node: NodeLayout, bridge: Bridge): Promise<Server> {
  const config = join(node.folder, 'kubelet.yaml');
  const healthPort = await portFor(`${node.kubelet}-health`);
  const settings = {
    address: bridge.address,
    port: await portFor(node.kubelet),
    healthPort,
    containerdSocket: node.containerdSocket,
    cgroup: node.cgroup,
    clientCertificate: kubeletClient.certificate,
    folder: node.kubeletFolder,
  };
  await writeFile(config, stringify(kubeletConfig(settings)));
  const server = kubernetesServer(
    programs,
    'kubelet',
    { kind: 'http', url: `http://127.0.0.1:${healthPort}/healthz` },
    [
      ...['--config', config, '--kubeconfig', kubeconfig(node.name), '--root-dir', node.kubeletFolder],
      ...['--cert-dir', join(keyFolder, node.kubelet), '--hostname-override', node.name, '--node-ip', bridge.address],
    ],
  );
  return { ...server, name: node.kubelet, log: join(logFolder, `${node.kubelet}.log`) };
}

/** Makes the addresses of services work, on all nodes: they are one machine. */
export async function kubeProxy(programs: string, bridge: Bridge): Promise<Server> {
  const health = `127.0.0.1:${await portFor('kube-proxy-health')}`;
  return kubernetesServer(programs, 'kube-proxy', { kind: 'http', url: `http://${health}/livez` }, [
    ...['--kubeconfig', kubeconfig('proxy'), '--hostname-override', layoutOf('node1').name],
    ...['--proxy-mode', 'iptables', '--cluster-cidr', bridge.subnet, '--nodeport-addresses', 'primary'],
    ...['--healthz-bind-address', health, '--metrics-bind-address', `127.0.0.1:${await portFor('kube-proxy-metrics')}`],
    // The machine's own limits for connections stay as they are.
    ...['--conntrack-max-per-core', '0', '--conntrack-tcp-timeout-established', '0s'],
    ...['--conntrack-tcp-timeout-close-wait', '0s'],
  ]);
}
