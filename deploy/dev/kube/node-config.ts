/** Configuration files of the node, rendered from what differs between machines. */

/** Network of the pods: a bridge on this machine, addresses handed out from its subnet. */
export function networkConfig(bridge: { name: string; subnet: string }, addressFolder: string): string {
  const plugin = {
    type: 'bridge',
    bridge: bridge.name,
    isGateway: true,
    // Pods talk to each other and to this machine; nothing is hidden behind its address.
    ipMasq: false,
    hairpinMode: true,
    ipam: {
      type: 'host-local',
      dataDir: addressFolder,
      ranges: [[{ subnet: bridge.subnet }]],
      routes: [{ dst: '0.0.0.0/0' }],
    },
  };
  // 0.4.0 is the newest version that the plugins of Debian 12 know.
  return JSON.stringify({ cniVersion: '0.4.0', name: bridge.name, plugins: [plugin] }, null, 2);
}

/** The container runtime, apart from any other containerd of this machine. */
export function containerdConfig(paths: {
  root: string;
  state: string;
  socket: string;
  networkFolder: string;
  pauseImage: string;
}): string {
  return `version = 2
root = "${paths.root}"
state = "${paths.state}"
disabled_plugins = [
  "io.containerd.snapshotter.v1.aufs",
  "io.containerd.snapshotter.v1.btrfs",
  "io.containerd.snapshotter.v1.devmapper",
  "io.containerd.snapshotter.v1.zfs",
]

[grpc]
address = "${paths.socket}"

[plugins."io.containerd.grpc.v1.cri"]
sandbox_image = "${paths.pauseImage}"
# Without CAP_SYS_RESOURCE (inside of a container) runc cannot lower the score below its own.
restrict_oom_score_adj = true

[plugins."io.containerd.grpc.v1.cri".cni]
bin_dir = "/usr/lib/cni"
conf_dir = "${paths.networkFolder}"

[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
runtime_type = "io.containerd.runc.v2"

[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
SystemdCgroup = false
`;
}

/** The kubelet, content with a machine that has cgroup v1, swap, no systemd and little disk space left. */
export function kubeletConfig(settings: {
  address: string;
  port: number;
  healthPort: number;
  containerdSocket: string;
  cgroup: string;
  clientCertificate: string;
  folder: string;
}): object {
  return {
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    address: settings.address,
    port: settings.port,
    healthzBindAddress: '127.0.0.1',
    healthzPort: settings.healthPort,
    authentication: {
      anonymous: { enabled: false },
      webhook: { enabled: true },
      x509: { clientCAFile: settings.clientCertificate },
    },
    authorization: { mode: 'Webhook' },
    containerRuntimeEndpoint: `unix://${settings.containerdSocket}`,
    volumePluginDir: `${settings.folder}/plugins`,
    cgroupDriver: 'cgroupfs',
    cgroupRoot: settings.cgroup,
    failCgroupV1: false,
    failSwapOn: false,
    // Pods use addresses; there is no DNS server in the cluster.
    resolvConf: '',
    syncFrequency: '5s',
    evictionHard: { 'memory.available': '100Mi', 'nodefs.available': '1%', 'imagefs.available': '1%' },
    // Images come from here and cannot be pulled again: never collected.
    imageGCHighThresholdPercent: 100,
    imageGCLowThresholdPercent: 99,
  };
}
