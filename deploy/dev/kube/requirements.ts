import { execa } from 'execa';
import { readFileSync } from 'node:fs';
import { isCached } from '../cache.ts';
import { uninstallable } from '../debian.ts';
import { liesOnOverlay } from '../file-system.ts';
import { checkout, stateFolder } from '../folders.ts';
import { missingGo } from '../machine.ts';
import { kubernetesPrograms, pauseImage } from './build.ts';
import { layoutOf } from './layout.ts';

/** What the node needs from Debian. */
export const packages = [
  'buildah',
  'conntrack',
  'containerd',
  'containernetworking-plugins',
  'iproute2',
  'iptables',
  'openssl',
  'runc',
  'socat',
];

/** A socket's path may have 107 characters (`sun_path` of Linux less its end mark). */
const SOCKET_PATH = 107;

/** What the machine lacks to be a node: one line each, with what to do. */
export async function missingForNode(): Promise<string[]> {
  if (process.getuid?.() !== 0) return ['Kubernetes needs root: sudo -E npm run stack -- up, or set KUBECONFIG.'];
  const built = isCached(await kubernetesPrograms()) && isCached(await pauseImage());
  const lines = [...(built ? [] : await missingGo()), ...(await uninstallable(packages))];
  if (!readFileSync('/proc/filesystems', 'utf8').includes('\toverlay\n')) {
    lines.push('The kernel has no overlay file system: modprobe overlay, or set KUBECONFIG.');
  }
  if (liesOnOverlay(checkout)) {
    lines.push(`${checkout} lies on an overlay file system: check out on a disk or a volume, or set KUBECONFIG.`);
  }
  const missingControllers = ['cpu', 'cpuset', 'memory', 'pids'].filter((name) => !cgroupControllers().includes(name));
  if (missingControllers.length > 0) {
    lines.push(`The kernel has no cgroup ${missingControllers.join(', ')}: enable it, or set KUBECONFIG.`);
  }
  if (!(await canMakeInterfaces())) {
    lines.push('No network interface can be made here: modprobe veth bridge, add CAP_NET_ADMIN, or set KUBECONFIG.');
  }
  if (`${layoutOf('node1').kubeletFolder}/device-plugins/kubelet.sock`.length > SOCKET_PATH) {
    lines.push(`The path ${stateFolder} is too long for sockets: check out in a folder with a shorter path.`);
  }
  return lines;
}

function cgroupControllers(): string[] {
  // `#subsys_name hierarchy num_cgroups enabled`, for cgroup v1 and v2.
  return readFileSync('/proc/cgroups', 'utf8')
    .split('\n')
    .map((line) => line.split('\t'))
    .filter((fields) => fields[3] === '1')
    .map(([name = '']) => name);
}

async function canMakeInterfaces(): Promise<boolean> {
  const link = ['link', 'add', 'rekindle-try0', 'type', 'veth', 'peer', 'name', 'rekindle-try1'];
  const added = await execa('ip', link, { reject: false });
  if (added.exitCode !== 0) return added.code === 'ENOENT';
  await execa('ip', ['link', 'delete', 'rekindle-try0']);
  return true;
}
