import { execa } from 'execa';
import { generateKeyPairSync } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { KubeConfig } from '@kubernetes/client-node';
import { cached } from '../../deploy/dev/cache.ts';
import { kubernetesPrograms } from '../../deploy/dev/kube/build.ts';
import { unusedPort } from '../../deploy/dev/ports.ts';
import type { ProcessIdentity } from '../../deploy/dev/process-identity.ts';
import { launch, signal, terminate, untilReady } from '../../deploy/dev/server.ts';
import { GO_WITH_MEMORY } from '../../deploy/dev/go-program.ts';
import type { Server } from '../../deploy/dev/server.ts';
import { KubeClient } from '../../src/kube/client.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** Bearer tokens and who they are of; see the flag --token-auth-file. */
const users = {
  admin: { token: 'admin-token', name: 'admin', groups: 'system:masters' },
  operator: {
    token: 'operator-token',
    name: 'system:serviceaccount:rekindle-system:rekindle-operator',
    groups: 'system:serviceaccounts,system:authenticated',
  },
};

/**
 * A real API server and its etcd, on loopback, for one test file alone: it can be killed and started again without a word
 * to anybody. There are no controllers and no nodes, so that Jobs stay Jobs.
 */
export class ApiServer implements AsyncDisposable {
  /** Of somebody who may do everything. */
  readonly config: KubeConfig;
  readonly client: KubeClient;
  /** Has the name of the operator's ServiceAccount, and its permissions where deploy/manifests were applied. */
  readonly operator: KubeClient;
  readonly #folder: string;
  readonly #etcd: Server;
  readonly #server: Server;
  readonly #kubectl: string;
  readonly #kubeconfig: string;
  readonly #running = new Map<Server, ProcessIdentity>();

  private constructor(folder: string, programs: string, ports: readonly [number, number, number]) {
    const [apiPort, clientPort, peerPort] = ports;
    const client = `http://127.0.0.1:${clientPort}`;
    const peer = `http://127.0.0.1:${peerPort}`;
    this.#folder = folder;
    this.#kubectl = join(programs, 'kubectl');
    this.#kubeconfig = join(folder, 'kubeconfig');
    this.config = configOf(apiPort, users.admin);
    this.client = new KubeClient(this.config);
    this.operator = new KubeClient(configOf(apiPort, users.operator));
    this.#etcd = this.#program(
      join(programs, 'etcd'),
      ['true'],
      [
        ...['--data-dir', join(folder, 'etcd'), '--log-level', 'warn', '--unsafe-no-fsync'],
        ...['--listen-client-urls', client, '--advertise-client-urls', client],
        ...['--listen-peer-urls', peer, '--initial-advertise-peer-urls', peer, '--initial-cluster', `default=${peer}`],
      ],
    );
    const ready = [this.#kubectl, '--kubeconfig', this.#kubeconfig, 'get', '--raw', '/readyz'];
    const key = join(folder, 'service-accounts.key');
    this.#server = this.#program(join(programs, 'kube-apiserver'), ready, [
      ...['--etcd-servers', client, '--bind-address', '127.0.0.1', '--secure-port', `${apiPort}`],
      ...['--advertise-address', '127.0.0.1', '--cert-dir', folder, '--token-auth-file', join(folder, 'tokens.csv')],
      ...['--authorization-mode', 'RBAC', '--service-account-issuer', 'https://kubernetes.default.svc'],
      ...['--service-account-key-file', key, '--service-account-signing-key-file', key],
      // There is no controller that would make the default ServiceAccount of a namespace.
      ...['--disable-admission-plugins', 'ServiceAccount'],
    ]);
  }

  static async start(): Promise<ApiServer> {
    const programs = await cached(await kubernetesPrograms());
    const folder = await temporaryFolder('api-server');
    const server = new ApiServer(folder, programs, [await unusedPort(), await unusedPort(), await unusedPort()]);
    await server.#writeCredentials();
    await server.#up(server.#etcd);
    await server.resume();
    return server;
  }

  /** Ends the API server as a crash would; etcd stays. */
  async kill(): Promise<void> {
    const running = this.#running.get(this.#server);
    if (running === undefined) return;
    signal(running, 'SIGKILL');
    await terminate(this.#server, running);
    this.#running.delete(this.#server);
  }

  /** Starts the API server (again), returns when it serves. */
  async resume(): Promise<void> {
    await this.#up(this.#server);
  }

  /** Runs kubectl as the administrator; returns what it wrote, and does not throw when it fails. */
  async kubectl(args: readonly string[], input = ''): Promise<{ ok: boolean; stdout: string; stderr: string }> {
    const result = await execa(this.#kubectl, ['--kubeconfig', this.#kubeconfig, ...args], { input, reject: false });
    return { ok: result.exitCode === 0, stdout: result.stdout, stderr: result.stderr };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const [server, running] of [...this.#running].reverse()) {
      signal(running, 'SIGKILL');
      await terminate(server, running);
    }
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #up(server: Server): Promise<void> {
    const running = await launch(server);
    this.#running.set(server, running);
    await untilReady(server, running);
  }

  async #writeCredentials(): Promise<void> {
    const lines = Object.values(users).map(({ token, name, groups }) => `${token},${name},${name},"${groups}"`);
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    await writeFile(join(this.#folder, 'service-accounts.key'), privateKey.export({ type: 'pkcs8', format: 'pem' }));
    await writeFile(join(this.#folder, 'tokens.csv'), lines.join('\n'));
    await writeFile(this.#kubeconfig, configOf(this.#apiPort, users.admin).exportConfig());
  }

  get #apiPort(): number {
    return Number(this.#server.command.at(this.#server.command.indexOf('--secure-port') + 1));
  }

  #program(path: string, ready: string[], flags: readonly string[]): Server {
    const name = path.split('/').at(-1) ?? path;
    const log = join(this.#folder, `${name}.log`);
    const command = [path, ...flags];
    return {
      name,
      command,
      cwd: this.#folder,
      env: GO_WITH_MEMORY,
      log,
      ready: { kind: 'command', command: ready },
      stopSeconds: 10,
    };
  }
}

function configOf(port: number, { name, token }: { name: string; token: string }): KubeConfig {
  const config = new KubeConfig();
  const cluster = { name: 'test', server: `https://127.0.0.1:${port}`, skipTLSVerify: true };
  config.loadFromClusterAndUser(cluster, { name, token });
  return config;
}
