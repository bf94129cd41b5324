import { join } from 'node:path';
import type { Bridge } from './bridge.ts';
import { logFolder, stateFolder } from './folders.ts';
import type { Server } from './server.ts';

/** For a server that can listen on one address only: passes on what pods send to the same port of the bridge. */
export function forwardFromBridge(name: string, bridge: Bridge, port: number): Server {
  return {
    name,
    command: [
      'socat',
      `TCP-LISTEN:${port},bind=${bridge.address},reuseaddr,fork,nodelay,backlog=128`,
      `TCP:127.0.0.1:${port},nodelay`,
    ],
    cwd: stateFolder,
    env: {},
    log: join(logFolder, `${name}.log`),
    ready: { kind: 'tcp', host: bridge.address, port },
    stopSeconds: 5,
  };
}
