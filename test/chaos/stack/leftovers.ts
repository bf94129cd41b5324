import { setTimeout as sleep } from 'node:timers/promises';
import type { Restore } from '../../../src/model/resources/restore.ts';
import { k } from '../../support/restores.ts';
import { temporalWorkflow } from '../../support/temporal-cli.ts';

/** What goes by itself may take this long: pods to leave, garbage to be collected. Milliseconds. */
const WITHIN = 60_000;

/** What a Restore that is done has too much of: it keeps its last Job and one claim, and no pod runs. */
export async function leftovers(name: string): Promise<string[]> {
  const of = ['-l', `app.kubernetes.io/instance=${name}`, '-o', 'name'];
  return await settled(async () => [
    ...beyond(1, 'Jobs', await listed('jobs', ...of)),
    ...beyond(1, 'claims', await listed('pvc', ...of)),
    ...beyond(0, 'running pods', await listed('pods', ...of, '--field-selector=status.phase=Running')),
  ]);
}

/** What is still there of a Restore that was deleted: nothing should be. */
export async function leftoversOfDeleted(restore: Restore): Promise<string[]> {
  const of = ['-l', `app.kubernetes.io/instance=${restore.metadata.name}`, '-o', 'name'];
  return await settled(async () => [
    ...beyond(0, 'left over', await listed('jobs,pods,pvc,secrets', ...of)),
    ...((await isOpen(restore)) ? ['its workflow is open'] : []),
  ]);
}

async function settled(look: () => Promise<string[]>): Promise<string[]> {
  const deadline = Date.now() + WITHIN;
  for (;;) {
    const found = await look();
    if (found.length === 0 || Date.now() > deadline) return found;
    await sleep(1_000);
  }
}

async function listed(...what: string[]): Promise<string[]> {
  return (await k('get', ...what)).split('\n').filter(Boolean);
}

const beyond = (allowed: number, what: string, found: readonly string[]): string[] =>
  found.length > allowed ? [`${what}: ${found.join(', ')}`] : [];

async function isOpen(restore: Restore): Promise<boolean> {
  // Temporal may have forgotten it, where its database was wiped since.
  const described = await temporalWorkflow(restore, 'describe', '--output', 'json').catch(() => '');
  return described.includes('WORKFLOW_EXECUTION_STATUS_RUNNING');
}
