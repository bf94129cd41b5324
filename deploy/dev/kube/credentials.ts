import { execa } from 'execa';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { adminKubeconfig, clusterFolder, keyFolder, type NodeName } from './layout.ts';

/** Who talks to the API server: kubeconfig file, user and groups. The rights come from the roles Kubernetes ships. */
const users = {
  admin: { user: 'admin', group: 'system:masters', kubeconfig: adminKubeconfig },
  controllerManager: {
    user: 'system:kube-controller-manager',
    group: '',
    kubeconfig: kubeconfigOf('controller-manager'),
  },
  scheduler: { user: 'system:kube-scheduler', group: '', kubeconfig: kubeconfigOf('scheduler') },
  proxy: { user: 'system:kube-proxy', group: '', kubeconfig: kubeconfigOf('proxy') },
  node1: kubeletUser('node1'),
  node2: kubeletUser('node2'),
} as const;

export type KubernetesUser = keyof typeof users;

/** Path of this user's kubeconfig. */
export function kubeconfig(user: KubernetesUser): string {
  return users[user].kubeconfig;
}

/** Key that signs the tokens of service accounts. */
export const serviceAccountKey = join(keyFolder, 'service-accounts.key');
/** `token,user,uid,"groups"`, one line each; the API server reads it when it starts. */
export const tokenFile = join(keyFolder, 'tokens.csv');
/** What the API server shows to the kubelet, for logs and exec. Self-signed: the kubelet trusts exactly this one. */
export const kubeletClient = { certificate: join(keyFolder, 'apiserver.crt'), key: join(keyFolder, 'apiserver.key') };
/** Folder where the API server makes its own serving certificate. */
export const servingFolder = join(keyFolder, 'apiserver');
/** The API server's serving certificate, which is its own authority. */
export const servingCertificate = join(servingFolder, 'apiserver.crt');

/** Makes the keys and tokens that are missing and writes all kubeconfigs. */
export async function ensureCredentials(apiPort: number): Promise<void> {
  await mkdir(keyFolder, { recursive: true, mode: 0o700 });
  if (!existsSync(serviceAccountKey)) {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    await writeFile(serviceAccountKey, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
  }
  if (!existsSync(kubeletClient.certificate)) await makeKubeletClient();
  const tokens = await ensureTokens();
  for (const { user, kubeconfig } of Object.values(users)) {
    await writeFile(kubeconfig, stringify(kubeconfigFor(user, tokens.get(user) ?? '', apiPort)), { mode: 0o600 });
  }
}

async function makeKubeletClient(): Promise<void> {
  await execa('openssl', [
    ...[
      'req',
      '-x509',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-days',
      '3650',
      '-subj',
      '/O=system:masters/CN=kube-apiserver',
    ],
    ...['-keyout', kubeletClient.key, '-out', kubeletClient.certificate],
  ]);
}

function kubeletUser(node: NodeName): { user: string; group: string; kubeconfig: string } {
  return { user: `system:node:${node}`, group: 'system:nodes', kubeconfig: kubeconfigOf(`kubelet-${node}`) };
}

/** The token of each user by name; whoever has none yet gets one. */
async function ensureTokens(): Promise<Map<string, string>> {
  const lines = existsSync(tokenFile) ? (await readFile(tokenFile, 'utf8')).trimEnd().split('\n') : [];
  const tokens = new Map(lines.map((line) => [line.split(',')[1] ?? '', line.split(',')[0] ?? '']));
  for (const { user, group } of Object.values(users)) {
    if (tokens.has(user)) continue;
    const token = randomBytes(16).toString('hex');
    lines.push(`${token},${user},${lines.length + 1}${group && `,${group}`}`);
    tokens.set(user, token);
  }
  await writeFile(tokenFile, `${lines.join('\n')}\n`, { mode: 0o600 });
  return tokens;
}

function kubeconfigFor(user: string, token: string, apiPort: number): object {
  return {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      {
        name: 'rekindle-dev',
        cluster: { server: `https://127.0.0.1:${apiPort}`, 'certificate-authority': servingCertificate },
      },
    ],
    users: [{ name: user, user: { token } }],
    contexts: [{ name: 'rekindle-dev', context: { cluster: 'rekindle-dev', user } }],
    'current-context': 'rekindle-dev',
  };
}

function kubeconfigOf(name: string): string {
  return join(clusterFolder, `${name}.kubeconfig`);
}
