import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { kubectl } from '../../../deploy/dev/kube/kubectl.ts';
import { claim as claimSchema } from '../../../src/model/claim.ts';
import type { Restore } from '../../../src/model/resources/restore.ts';
import { k } from '../../support/restores.ts';
import { temporalWorkflow } from '../../support/temporal-cli.ts';

/** What goes by itself may take this long: pods to leave, garbage to be collected. Milliseconds. */
const WITHIN = 60_000;

/** What a Restore that is done has too much of: it keeps its last Job, one volume claim and its topics, and no pod runs. */
export async function leftovers(restore: Restore): Promise<string[]> {
  const of = ['-l', `app.kubernetes.io/instance=${restore.metadata.name}`, '-o', 'name'];
  return await settled(async () => [
    ...beyond(1, 'Jobs', await listed('jobs', ...of)),
    ...beyond(1, 'volume claims', await listed('pvc', ...of)),
    ...beyond(0, 'running pods', await listed('pods', ...of, '--field-selector=status.phase=Running')),
    ...beyond(
      0,
      'holders of its topics',
      (await holders(restore)).filter((uid) => uid !== restore.metadata.uid),
    ),
  ]);
}

/** What is still there of a Restore that was deleted: nothing should be. */
export async function leftoversOfDeleted(restore: Restore): Promise<string[]> {
  const of = ['-l', `app.kubernetes.io/instance=${restore.metadata.name}`, '-o', 'name'];
  return await settled(async () => [
    ...beyond(0, 'left over', await listed('jobs,pods,pvc,secrets', ...of)),
    ...beyond(0, 'holders of its topics', await holders(restore)),
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

const ofClaims = ['-n', 'rekindle-system', '-l', 'rekindle.dev/claim=true', '-o', 'json'];
const configMaps = z.object({ items: z.array(z.object({ data: z.object({ 'claim.json': z.string() }) })) });

/** Uids of the Restores that hold a Restore's topics. The claims of one that is gone stay, and hold nothing. */
async function holders({ spec }: Restore): Promise<string[]> {
  const wanted = new Set(spec.config.topics.map(({ target }) => target));
  const { items } = configMaps.parse(JSON.parse(await kubectl(['get', 'configmaps', ...ofClaims])));
  const claims = items.map(({ data }) => claimSchema.parse(JSON.parse(data['claim.json'])));
  const uids = claims.filter(({ topics }) => topics.some(({ name }) => wanted.has(name))).map((of) => of.restore.uid);
  const living = await kubectl(['get', 'restores', '-A', '-o', 'jsonpath={.items[*].metadata.uid}']);
  return living.split(' ').filter((uid) => uids.includes(uid));
}

async function isOpen(restore: Restore): Promise<boolean> {
  // Temporal may have forgotten it, where its database was wiped since.
  const described = await temporalWorkflow(restore, 'describe', '--output', 'json').catch(() => '');
  return described.includes('WORKFLOW_EXECUTION_STATUS_RUNNING');
}
