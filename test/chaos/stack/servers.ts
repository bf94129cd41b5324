import { setTimeout as sleep } from 'node:timers/promises';
import { signal } from '../../../deploy/dev/server.ts';
import { currentStack } from '../../../deploy/dev/state.ts';
import { outage } from '../../support/interruptions/ways.ts';

/** A server of the stack that answers nobody for a while, and keeps all connections. */
export async function suspended(name: string, ms: number): Promise<void> {
  await outage(async () => {
    const { process } = currentStack().servers[name] ?? {};
    if (process === undefined) throw new Error(`${name} does not run in this stack`);
    signal(process, 'SIGSTOP');
    try {
      await sleep(ms);
    } finally {
      signal(process, 'SIGCONT');
    }
  });
}
