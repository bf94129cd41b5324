import type { BrokerProcess } from '../../support/broker-process.ts';
import type { ProxiedBroker } from '../../support/proxied-kafka.ts';
import type { Nemesis } from '../nemesis.ts';
import type { Random } from '../random.ts';
import type { Stage } from '../stage.ts';

/** Whom it hits, of the brokers as they are when it happens. */
const roles = ['any', 'leader', 'follower', 'coordinator'] as const;
type Role = (typeof roles)[number];

const TRANSACTIONS = '__transaction_state';
const TRANSACTION_PARTITIONS = 8;

/** `String.hashCode` of Java, by which Kafka finds a transaction's partition. */
function hashOf(text: string): number {
  let hash = 0;
  for (let i = 0; i < text.length; i++) hash = (Math.imul(hash, 31) + text.charCodeAt(i)) | 0;
  return hash & 0x7fffffff;
}

/** Of the restore's transactions; undefined before it has any, and while nobody knows. */
export async function coordinatorOf(stage: Stage): Promise<ProxiedBroker | undefined> {
  const transactionalId = (await stage.readReport())?.transactionalId;
  if (transactionalId === undefined) return undefined;
  return placed(stage, 'leader', TRANSACTIONS, hashOf(transactionalId) % TRANSACTION_PARTITIONS);
}

async function brokerOf(stage: Stage, role: Role): Promise<ProxiedBroker> {
  const { world, random, targets } = stage.parts;
  const [any, { target }] = [random.pick(world.kafka.brokers), random.pick(targets)];
  if (role === 'any') return any;
  return (await (role === 'coordinator' ? coordinatorOf(stage) : placed(stage, role, target, 0))) ?? any;
}

async function placed(
  { parts: { world } }: Stage,
  role: 'leader' | 'follower',
  topic: string,
  partition: number,
): Promise<ProxiedBroker | undefined> {
  // The topic may not be there yet, or another strike has left nobody to ask.
  const places = await world.cluster.placesNow(topic, partition).catch(() => undefined);
  const id = role === 'follower' ? places?.followers[0] : places?.leader;
  return id === undefined || id < 0 ? undefined : world.broker(id);
}

const kill: Nemesis = {
  weight: 6,
  alone: true,
  draw: (random) => {
    const [role, awayMs] = [random.pick(roles), random.whole(0, 6_000)];
    return {
      nemesis: `broker killed (${role})`,
      details: { awayMs },
      run: async (stage) => {
        const { id, process } = await brokerOf(stage, role);
        stage.note('broker dies', { broker: id });
        await process.kill();
        await stage.pause(awayMs);
        await process.start();
        stage.note('broker starts', { broker: id });
      },
    };
  },
};

const freeze: Nemesis = {
  weight: 5,
  alone: true,
  late: true,
  draw: (random) => {
    const [role, frozenMs] = [random.pick(roles), random.whole(300, 6_000)];
    return {
      nemesis: `broker frozen (${role})`,
      details: { frozenMs },
      run: async (stage) => {
        const { id, process } = await brokerOf(stage, role);
        stage.note('broker freezes', { broker: id });
        process.freeze();
        await stage.pause(frozenMs);
        process.thaw();
        stage.note('broker thaws', { broker: id });
      },
    };
  },
};

/** Another strike may kill it before it serves. */
async function serve(broker: BrokerProcess): Promise<void> {
  for (let triesLeft = 3; ; triesLeft--) {
    await broker.start();
    try {
      await broker.untilReady();
      return;
    } catch (error) {
      if (broker.alive || triesLeft === 0) throw error;
    }
  }
}

const rollingRestart: Nemesis = {
  weight: 1,
  alone: true,
  draw: (random) => {
    const order = shuffled(random, [0, 1, 2]);
    return {
      nemesis: 'rolling restart',
      details: { order },
      run: async (stage) => {
        for (const index of order) {
          const broker = stage.parts.world.kafka.brokers[index];
          if (broker === undefined || stage.ended) return;
          stage.note('broker stops', { broker: broker.id });
          await broker.process.stop();
          await serve(broker.process);
          stage.note('broker serves', { broker: broker.id });
        }
      },
    };
  },
};

/** The process dies and a broker with it: the successor meets a cluster that is not itself yet. */
const killBoth: Nemesis = {
  weight: 3,
  alone: true,
  draw: (random) => {
    const [role, awayMs, gapMs] = [random.pick(roles), random.whole(500, 4_000), random.whole(0, 300)];
    return {
      nemesis: `broker (${role}) and process killed`,
      details: { awayMs, gapMs },
      run: async (stage) => {
        const { id, process } = await brokerOf(stage, role);
        stage.note('broker dies', { broker: id });
        await process.kill();
        await stage.pause(gapMs);
        stage.parts.supervisor.active?.kill();
        await stage.pause(awayMs);
        await process.start();
        stage.note('broker starts', { broker: id });
      },
    };
  },
};

function shuffled<T>(random: Random, items: readonly T[]): T[] {
  const left = [...items];
  return items.map(() => left.splice(random.whole(0, left.length - 1), 1)).flat();
}

export const ofBrokers = [kill, freeze, rollingRestart, killBoth];
