import { setTimeout as sleep } from 'node:timers/promises';
import type { ProcessIdentity } from '../../../deploy/dev/process-identity.ts';
import { signal } from '../../../deploy/dev/server.ts';
import { currentStack } from '../../../deploy/dev/state.ts';
import { outage } from './outage.ts';

/** A process that does nothing for a while, and keeps all connections; it may be killed as it is. */
export async function frozen(process: ProcessIdentity, ms: number): Promise<void> {
  signal(process, 'SIGSTOP');
  try {
    await sleep(ms);
  } finally {
    signal(process, 'SIGCONT');
  }
}

/** A server of the stack that answers nobody for a while. */
export async function frozenServer(name: string, ms: number): Promise<void> {
  const { process } = currentStack().servers[name] ?? {};
  if (process === undefined) throw new Error(`${name} does not run in this stack`);
  await outage(() => frozen(process, ms));
}
