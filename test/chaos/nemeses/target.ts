import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { kafkaTool } from '../../support/java.ts';
import type { Nemesis } from '../nemesis.ts';
import type { Stage } from '../stage.ts';
import { betweenProcesses } from './processes.ts';

interface Foreign {
  records: number;
  perSecond: number;
  /** In transactions of their own. */
  transactional: boolean;
}

/** A program of others writes into one of the targets: records of today. */
async function foreignRecords(stage: Stage, { records, perSecond, transactional }: Foreign): Promise<void> {
  const { world, random, targets } = stage.parts;
  const { target } = random.pick(targets);
  const bootstrap = world.kafka.direct;
  stage.foreigners = true;
  await (transactional
    ? kafkaTool('ProducerPerformance', [
        ...['--topic', target, '--num-records', String(records), '--record-size', '40'],
        ...['--throughput', String(perSecond), '--transaction-duration-ms', '50'],
        ...['--transactional-id', `foreign-${target}`, '--producer-props', `bootstrap.servers=${bootstrap}`],
      ])
    : kafkaTool('VerifiableProducer', [
        ...['--bootstrap-server', bootstrap, '--topic', target],
        ...['--max-messages', String(records), '--throughput', String(perSecond)],
      ]));
}

const foreign: Nemesis = {
  weight: 3,
  alone: false,
  foreign: true,
  draw: (random) => {
    const details = {
      records: random.whole(1, 200),
      perSecond: random.whole(20, 400),
      transactional: random.chance(0.5),
    };
    return { nemesis: 'foreign producer', details, run: (stage) => foreignRecords(stage, details) };
  },
};

/** An administrator aborts the restore's open transaction by its id. */
const abortTransaction: Nemesis = {
  weight: 3,
  alone: false,
  ofTransactions: true,
  draw: () => ({
    nemesis: 'transaction aborted by an administrator',
    details: {},
    run: async (stage) => {
      const id = (await stage.readReport())?.transactionalId;
      if (id === undefined) return;
      const { world } = stage.parts;
      await kafkaTool('TransactionsCommand', [
        ...['--bootstrap-server', world.kafka.direct],
        ...['forceTerminateTransaction', '--transactionalId', id],
      ]);
      stage.aborted = true;
    },
  }),
};

/** While nobody is at work, somebody deletes what was restored: the last record that is noted is not there any more. */
const deleteRecords: Nemesis = {
  weight: 1,
  alone: false,
  fatal: true,
  draw: () => ({
    nemesis: 'records deleted by another tool',
    details: {},
    run: (stage) =>
      onceBegun(stage, betweenProcesses, async () => {
        const { world, random, targets } = stage.parts;
        const report = await stage.readReport();
        const noted = targets.filter(({ target }) =>
          report?.topics.some((topic) => topic.target === target && topic.partitions.some((p) => p.acknowledged > 0)),
        );
        // What nobody has noted is restored again, rightly.
        if (noted.length === 0) return;
        const { target } = random.pick(noted);
        // Up to the high watermark, whether or not a transaction is open.
        const partitions = (await world.cluster.partitions(target)).map((partition) => ({
          ...{ topic: target, partition, offset: -1 },
        }));
        const file = join(world.folder, `delete-${target}.json`);
        await writeFile(file, JSON.stringify({ version: 1, partitions }));
        await kafkaTool('DeleteRecordsCommand', [
          ...['--bootstrap-server', world.kafka.direct, '--offset-json-file', file],
        ]);
        stage.mustHalt(['TargetTruncated']);
      }),
  }),
};

/** Somebody deletes a target topic and creates another one of its name, while it is written to or while nobody is at work. */
const replaceTopic: Nemesis = {
  weight: 1,
  alone: false,
  fatal: true,
  draw: (random) => {
    const atWork = random.chance(0.5);
    return {
      nemesis: `target topic deleted and created again${atWork ? ' while it is written to' : ''}`,
      details: {},
      run: (stage) => onceBegun(stage, atWork ? whileAtWork : betweenProcesses, replaceOne),
    };
  },
};

async function replaceOne(stage: Stage): Promise<void> {
  const { world, random, targets } = stage.parts;
  const { target } = random.pick(targets);
  const partitions = (await world.cluster.partitions(target)).length;
  const replicas = world.kafka.brokers.map(({ id }) => id);
  await world.cluster.delete([target]);
  // Whoever looks while there is none is right, too.
  stage.mustHalt(['TargetReplaced']);
  await world.cluster.create({ name: target, replicas: Array.from({ length: partitions }, () => replicas) });
}

type Work = (stage: Stage) => Promise<void>;

const whileAtWork = (stage: Stage, work: Work): Promise<void> => work(stage);

/** Once every topic has records that the report knows of: what is noted is what can be missed. */
async function onceBegun(stage: Stage, when: typeof whileAtWork, work: Work): Promise<void> {
  if (await stage.until(() => allBegun(stage))) await when(stage, work);
}

async function allBegun(stage: Stage): Promise<boolean> {
  const report = await stage.readReport();
  const begun = report?.topics ?? [];
  return (
    begun.length === stage.parts.targets.length &&
    begun.every(({ partitions }) => partitions.some(({ last }) => last !== null))
  );
}

export const ofTheTarget = [foreign, abortTransaction, deleteRecords, replaceTopic];
