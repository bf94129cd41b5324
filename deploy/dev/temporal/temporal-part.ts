import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { cached, isCached } from '../cache.ts';
import { installPackages, uninstallable } from '../debian.ts';
import { logFolder, stateFolder } from '../folders.ts';
import { forwardFromBridge } from '../forward.ts';
import { goProgram } from '../go-program.ts';
import { missingGo } from '../machine.ts';
import type { Part } from '../part.ts';
import { portFor } from '../ports.ts';
import { linkProgram } from '../program-link.ts';
import type { Server } from '../server.ts';
import { startServers } from '../servers.ts';
import { updateStack } from '../state.ts';

// Newer versions cannot be installed with `go install`: their go.mod has a replace directive.
const recipe = goProgram('temporal', 'github.com/temporalio/cli/cmd/temporal', '1.5.1');
const folder = join(stateFolder, 'temporal');
const database = join(folder, 'temporal.db');
const NAMESPACE = 'default';

/** Search attributes of the Restore workflow; the server refuses a workflow that sets one it does not know. */
const searchAttributes = ['RestoreNamespace', 'RestoreName', 'RestorePhase'];

/** Temporal's development server, with its Web UI and a database on disk. */
export const temporalPart: Part = {
  name: 'temporal',
  title: 'Temporal 1.5.1',
  variable: 'TEMPORAL_ADDRESS',
  useExisting: (value) =>
    updateStack((stack) => {
      stack.temporal = {
        address: { host: value, pods: value },
        namespace: process.env['TEMPORAL_NAMESPACE'] ?? NAMESPACE,
        cli: 'temporal',
      };
    }),
  ownValue: async () => `127.0.0.1:${await portFor('temporal')}`,
  missing: async () => [...(isCached(recipe) ? [] : await missingGo()), ...(await uninstallable(['socat']))],
  install: async () => {
    await installPackages(['socat']);
    await cached(recipe);
  },
  start: async (bridge) => {
    const cli = await linkProgram('temporal', join(await cached(recipe), 'bin', 'temporal'));
    const port = await portFor('temporal');
    const uiPort = await portFor('temporal-ui');
    const address = `127.0.0.1:${port}`;
    await mkdir(folder, { recursive: true });
    updateStack((stack) => {
      const pods = bridge === undefined ? address : `${bridge.address}:${port}`;
      stack.temporal = {
        address: { host: address, pods },
        namespace: NAMESPACE,
        ui: `http://127.0.0.1:${uiPort}`,
        cli,
      };
    });
    const servers = [temporalServer(cli, port, uiPort)];
    if (bridge !== undefined) servers.push(forwardFromBridge('temporal-pods', bridge, port));
    await startServers('temporal', servers);
  },
};

/** Forgets every workflow: for tests that wipe Temporal in the middle of a Restore. The server must be stopped. */
export async function wipeTemporal(): Promise<void> {
  for (const suffix of ['', '-wal', '-shm']) await rm(`${database}${suffix}`, { force: true });
}

function temporalServer(cli: string, port: number, uiPort: number): Server {
  const address = `127.0.0.1:${port}`;
  return {
    name: 'temporal',
    command: [
      ...[cli, 'server', 'start-dev', '--ip', '127.0.0.1', '--port', `${port}`, '--ui-port', `${uiPort}`],
      ...['--db-filename', database, '--log-level', 'warn'],
      // A throwaway server: its database need not outlive a power cut, only its process.
      ...['synchronous=0', 'cache_size=-65536', 'temp_store=2'].flatMap((pragma) => ['--sqlite-pragma', pragma]),
      // Much earlier than the default of 4096 events, so that tests come to it.
      ...['--dynamic-config-value', 'limit.historyCount.suggestContinueAsNew=1000'],
      ...searchAttributes.flatMap((name) => ['--search-attribute', `${name}=Keyword`]),
    ],
    cwd: folder,
    env: {},
    log: join(logFolder, 'temporal.log'),
    // The port opens before the namespace is there.
    ready: {
      kind: 'command',
      command: [cli, 'operator', 'namespace', 'describe', NAMESPACE, '--address', address, '--command-timeout', '3s'],
    },
    stopSeconds: 10,
  };
}
