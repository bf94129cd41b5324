import { k, reportClaimOf, until, jobOf } from '../../support/restores.ts';
import { programOf } from '../../support/pod-process.ts';
import type { Restore } from '../../../src/model/resources/restore.ts';
import { frozen, frozenServer } from '../../support/interruptions/frozen.ts';
import { podOf, ways, type WayName } from '../../support/interruptions/ways.ts';
import { cutOff, loseNode } from './nodes.ts';

/** What can befall a Restore on the whole stack. It returns when what was done is undone, as far as it is to be undone. */
export interface StackStrike {
  /** How often it is drawn, against the others. */
  readonly weight: number;
  readonly run: (restore: Restore) => Promise<unknown>;
  /** Seconds that it may have to wait for its turn, while the Restore goes on. Default 0. */
  readonly waits?: number;
}

/** Shorter than the pod's heartbeat may be late, and longer. Milliseconds. */
const HEARTBEAT_KEPT = 10_000;
const HEARTBEAT_LOST = 45_000;
/** One node is lost at a time, and comes back before the next one is; the same is so of servers. */
const NODES_WAIT = 90;
const SERVERS_WAIT = 30;

const way = (name: WayName, weight: number, waits?: number): StackStrike => ({
  weight,
  ...(waits === undefined ? {} : { waits }),
  run: async (restore) => (await ways[name].aim(restore))(),
});

export const strikes = {
  'kubectl delete job': way('kubectl delete job', 3),
  'kubectl delete pod --grace-period=0 --force': way('kubectl delete pod --grace-period=0 --force', 3),
  'Eviction API': way('Eviction API', 1),
  'SIGKILL of the process': way('SIGKILL of the process', 3),
  'out of memory': way('out of memory', 1),
  'workflow terminated': way('workflow terminated', 2),
  'workflow reset': way('workflow reset', 1),
  'workflow cancelled': way('workflow cancelled', 1),
  'operator pods deleted': way('operator pods deleted', 1),
  'SIGKILL of the operator processes': way('SIGKILL of the operator processes', 1),
  'Kafka restarted': way('Kafka restarted', 1, SERVERS_WAIT),
  'Temporal killed, its database wiped': way('Temporal killed, its database wiped', 1, SERVERS_WAIT),
  'process frozen': { weight: 2, run: (restore) => freeze(restore, HEARTBEAT_KEPT) },
  'process frozen until its heartbeat is missed': { weight: 1, run: (restore) => freeze(restore, HEARTBEAT_LOST) },
  'report and Job deleted': { weight: 1, run: startFromZero },
  'API server frozen': way('API server frozen for 8 s', 1, SERVERS_WAIT),
  'Temporal frozen': { weight: 1, run: () => frozenServer('temporal', 20_000), waits: SERVERS_WAIT },
  'node cut off, its pod lives on': { weight: 2, run: cutOff, waits: NODES_WAIT },
  'node lost': { weight: 2, run: loseNode, waits: NODES_WAIT },
} satisfies Record<string, StackStrike>;

export type StrikeName = keyof typeof strikes;

const freeze = async (restore: Restore, ms: number): Promise<void> =>
  frozen(await programOf((await podOf(restore)).uid), ms);

/** As a person does who wants it anew: the claim first, which waits for its pod. */
async function startFromZero(restore: Restore): Promise<void> {
  const claim = reportClaimOf(restore);
  await k('delete', 'pvc', claim, '--wait=false');
  await k('delete', 'job', jobOf(restore));
  await until(restore.metadata.name, 'given another report', (now) => reportClaimOf(now) !== claim, 240_000);
}
