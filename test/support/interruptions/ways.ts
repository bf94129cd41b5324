import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { kubectl } from '../../../deploy/dev/kube/kubectl.ts';
import { startPart, stopPart } from '../../../deploy/dev/parts.ts';
import { signal } from '../../../deploy/dev/server.ts';
import { killServer, startServer } from '../../../deploy/dev/servers.ts';
import { wipeTemporal } from '../../../deploy/dev/temporal/temporal-part.ts';
import { jobUidLabel } from '../../../src/model/children.ts';
import type { Restore } from '../../../src/model/resources/restore.ts';
import { eventually } from '../eventually.ts';
import { programOf } from '../pod-process.ts';
import { jobOf, k, namespace, readRestore, until, untilPodsHaveLeft } from '../restores.ts';
import { signalNextExecution, temporalWorkflow } from '../temporal-cli.ts';
import { frozenServer } from './frozen.ts';
import { outage } from './outage.ts';

/** How a Restore can be interrupted. */
export interface Way {
  /** Finds what is to be struck, while there is time for that. @returns strikes, once the moment has come */
  readonly aim: (restore: Restore) => Promise<() => unknown>;
  /**
   * What it may cost: `nothing` (same Job, same execution of the workflow), the `execution` only (another one adopts the
   * Job), or the `attempt` (another Job, another execution).
   */
  readonly costs: 'nothing' | 'execution' | 'attempt';
  /** Memory limit that the Restore needs for it. */
  readonly memory?: string;
  /** How long the Restore should last, so that it is interrupted and not just finished meanwhile. Default 20 seconds. */
  readonly lasts?: number;
}

const podList = z.object({
  items: z.array(
    z.object({
      metadata: z.object({ name: z.string(), uid: z.string() }),
      spec: z.object({ nodeName: z.string().optional() }),
    }),
  ),
});

interface Pod {
  readonly name: string;
  readonly uid: string;
  /** Null before it has one. */
  readonly node: string | null;
}

const operator = ['-n', 'rekindle-system', '-l', 'app.kubernetes.io/name=rekindle-operator'];

async function podsOf(...selection: string[]): Promise<Pod[]> {
  const { items } = podList.parse(JSON.parse(await kubectl(['get', 'pods', ...selection, '-o', 'json'])));
  return items.map(({ metadata, spec }) => ({ ...metadata, node: spec.nodeName ?? null }));
}

/** The pod of the Job that the Restore has now, once there is one. */
export const podOf = ({ metadata: { name } }: Restore): Promise<Pod> =>
  eventually(
    `${name} has a pod`,
    async () => {
      const { job } = (await readRestore(name)).status;
      const [pod] = await podsOf('-n', namespace, '-l', `${jobUidLabel}=${job?.uid ?? ''}`);
      return pod;
    },
    { ms: 120_000, everyMs: 200 },
  );

/** For what needs no looking for. */
const known =
  (strike: (restore: Restore) => unknown) =>
  (restore: Restore): Promise<() => unknown> =>
    Promise.resolve(() => strike(restore));

const atPod =
  (strike: (pod: Pod) => unknown) =>
  async (restore: Restore): Promise<() => unknown> => {
    const pod = await podOf(restore);
    return () => strike(pod);
  };

const aimAt = async ({ uid }: Pod): Promise<() => void> => {
  const program = await programOf(uid);
  return () => signal(program, 'SIGKILL');
};
const killProgramOf = async (pod: Pod): Promise<void> => (await aimAt(pod))();

/**
 * Takes the memory of the pod's container, in processes each smaller than the restore: the kernel ends the one that is
 * worth most to it, and here that is the restore, which is offered to it besides.
 */
const takeMemory = `
echo 1000 > /proc/1/oom_score_adj
for i in 1 2 3 4 5 6 7 8 9 10 11 12; do
  (head -c 40M /dev/zero; sleep 60) | tail &
done
wait`;

async function restart(
  part: 'kafka' | 'temporal',
  meanwhile: () => Promise<unknown> = () => Promise.resolve(),
): Promise<void> {
  await whileDown({ stop: () => stopPart(part), start: () => startPart(part) }, meanwhile);
}

/** The server gets no chance to leave anything in order. */
async function kill(server: 'kube-apiserver' | 'temporal', meanwhile: () => Promise<unknown>): Promise<void> {
  await whileDown({ stop: () => killServer(server), start: () => startServer(server) }, meanwhile);
}

async function whileDown(
  { stop, start }: Readonly<Record<'stop' | 'start', () => Promise<unknown>>>,
  meanwhile: () => Promise<unknown>,
): Promise<void> {
  await outage(async () => {
    await stop();
    try {
      await meanwhile();
    } finally {
      await start();
    }
  });
}

/** Temporal is away for this time, and the Restore says so. Milliseconds. */
async function withoutTemporal({ metadata: { name } }: Restore, ms: number): Promise<void> {
  const isSaid = ({ status: { phase, conditions } }: Restore): boolean => {
    const why = conditions.find(({ type }) => type === 'Progressing');
    return phase === 'Waiting' && why?.reason === 'TemporalUnreachable';
  };
  await restart('temporal', async () => {
    const over = sleep(ms);
    await until(name, 'Waiting for Temporal', isSaid, ms);
    await over;
    assert.ok(isSaid(await readRestore(name)), `${name} does not say any more that Temporal is away`);
  });
}

/** Every way, named as a person would say it. */
export const ways = {
  'kubectl delete job': {
    costs: 'attempt',
    aim: known((restore) => k('delete', 'job', jobOf(restore))),
  },
  'kubectl delete pod --grace-period=0 --force': {
    costs: 'attempt',
    aim: atPod(({ name }) => k('delete', 'pod', name, '--grace-period=0', '--force')),
  },
  'Eviction API': {
    costs: 'attempt',
    aim: atPod(({ name }) => {
      const eviction = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name, namespace } };
      const path = `/api/v1/namespaces/${namespace}/pods/${name}/eviction`;
      return kubectl(['create', '--raw', path, '-f', '-'], JSON.stringify(eviction));
    }),
  },
  'SIGKILL of the process': {
    costs: 'attempt',
    aim: async (restore) => aimAt(await podOf(restore)),
  },
  'out of memory': {
    costs: 'attempt',
    memory: '512Mi',
    // Nobody answers any more: the container ends with its first process.
    aim: atPod(({ name }) => assert.rejects(k('exec', name, '--', 'sh', '-c', takeMemory))),
  },
  'operator pods deleted': {
    costs: 'nothing',
    aim: known(() => outage(() => kubectl(['delete', 'pods', ...operator, '--grace-period=0', '--force']))),
  },
  'SIGKILL of the operator processes': {
    costs: 'nothing',
    aim: known(() => outage(async () => Promise.all((await podsOf(...operator)).map(killProgramOf)))),
  },
  // Shorter than kubectl waits for a handshake: what befalls other Restores goes on meanwhile.
  'API server frozen for 8 s': { costs: 'nothing', aim: known(() => frozenServer('kube-apiserver', 8_000)) },
  // Longer than the operator may hold its lease without renewing it. Tests ask that server, too: one at a time.
  'API server killed, and away for 20 s': {
    costs: 'nothing',
    lasts: 50,
    aim: known(() => kill('kube-apiserver', () => sleep(20_000))),
  },
  'Kafka restarted': { costs: 'nothing', aim: known(() => restart('kafka')) },
  // A pod that hears nothing from Temporal for 30 s stops sending.
  'Temporal stopped for 60 s': {
    costs: 'nothing',
    lasts: 50,
    aim: known((restore) => withoutTemporal(restore, 60_000)),
  },
  'Temporal stopped for 3 min': {
    costs: 'nothing',
    lasts: 100,
    aim: known((restore) => withoutTemporal(restore, 180_000)),
  },
  'Temporal killed, its database wiped': {
    costs: 'execution',
    lasts: 30,
    aim: known(() => kill('temporal', wipeTemporal)),
  },
  'workflow terminated': {
    costs: 'execution',
    aim: known((restore) => temporalWorkflow(restore, 'terminate', '--reason', 'test')),
  },
  'workflow reset': {
    costs: 'execution',
    aim: known((restore) => temporalWorkflow(restore, 'reset', '--type', 'FirstWorkflowTask', '--reason', 'test')),
  },
  'workflow cancelled': {
    costs: 'attempt',
    aim: known(async (restore) => {
      await temporalWorkflow(restore, 'cancel');
      const paused = await until(restore.metadata.name, 'paused visibly', ({ status }) => {
        const condition = status.conditions.find(({ type }) => type === 'Paused');
        return status.phase === 'Paused' && condition?.status === 'True' && condition.reason === 'Cancelled';
      });
      assert.equal(paused.status.message, 'Paused');
      await untilPodsHaveLeft(restore.metadata.name);
      await signalNextExecution(paused, 'resume');
    }),
  },
} satisfies Record<string, Way>;

export type WayName = keyof typeof ways;
