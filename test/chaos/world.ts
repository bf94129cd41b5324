import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { startProxiedKafka, type ProxiedBroker, type ProxiedKafka } from '../support/proxied-kafka.ts';
import { brokerRestricting, denyTransactionalIds } from '../support/sasl.ts';
import { Acknowledgements } from './acknowledgements.ts';
import { Cluster } from './cluster.ts';
import { makeData, type Data } from './data.ts';
import { Judge } from './judge.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** What all scenarios of a run share: it is made once. */
export interface World {
  readonly kafka: ProxiedKafka;
  readonly data: Data;
  readonly judge: Judge;
  readonly acknowledgements: Acknowledgements;
  /** Past the proxies. */
  readonly cluster: Cluster;
  /** Reports, archive and digests; gone with the world. */
  readonly folder: string;
  readonly broker: (id: number) => ProxiedBroker;
  /** Every broker runs, every proxy lets everything pass, every replica is in sync. */
  readonly heal: () => Promise<void>;
  readonly end: () => Promise<void>;
}

/** Brokers that notice within seconds what usually takes them half a minute, and that forget idle producers at once. */
const impatient = {
  'min.insync.replicas': '2',
  'broker.heartbeat.interval.ms': '500',
  'broker.session.timeout.ms': '3000',
  'replica.lag.time.max.ms': '3000',
  'replica.socket.timeout.ms': '3000',
  'request.timeout.ms': '5000',
  'log.cleaner.dedupe.buffer.size': '4194304',
};

/** Who restores by either delivery. Everybody may do everything, but the one of `idempotent` use a transactional id. */
export const users = {
  transactional: { user: 'with-transactions', password: 'as the brokers were told' },
  idempotent: { user: 'without-transactions', password: 'as they were told too' },
};

/**
 * The local stack's S3 server must run.
 * @param name names the brokers' log files; each test file has its own
 * @param version of Kafka, default the local stack's
 */
export async function makeWorld(name: string, version?: string): Promise<World> {
  const folder = await temporaryFolder(name);
  const acknowledgements = new Acknowledgements();
  const kafka = await startProxiedKafka({
    name,
    ...(version === undefined ? {} : { version }),
    nodes: 3,
    heapMegabytes: 384,
    properties: { ...impatient, ...brokerRestricting(...Object.values(users)) },
    onAcknowledged: acknowledgements.add,
  });
  const ending = [async (): Promise<void> => kafka.stop(), (): Promise<void> => rm(folder, { recursive: true })];
  const end = async (): Promise<void> => {
    for (const step of ending) await step();
  };
  try {
    await mkdir(join(folder, 'reports'));
    await denyTransactionalIds(kafka.direct, users.idempotent, users.transactional);
    const data = await makeData(kafka.direct, folder);
    const judge = await Judge.start(kafka.direct, data.digests);
    ending.unshift(() => judge.stop());
    const cluster = await Cluster.connect(kafka.direct);
    ending.unshift(() => cluster.close());
    const broker = (id: number): ProxiedBroker => {
      const found = kafka.brokers.find((one) => one.id === id);
      if (found === undefined) throw new Error(`there is no broker ${id}`);
      return found;
    };
    return { kafka, data, judge, acknowledgements, cluster, folder, broker, end, heal: () => heal(kafka, cluster) };
  } catch (error) {
    await end();
    throw error;
  }
}

async function heal({ brokers }: ProxiedKafka, cluster: Cluster): Promise<void> {
  for (const { process, clients, brokers: others } of brokers) {
    await clients.heal();
    await others.heal();
    process.thaw();
    await process.start();
  }
  await Promise.all(brokers.map(({ process }) => process.untilReady()));
  await cluster.untilHealthy();
}
