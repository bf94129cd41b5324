import type { Direction, Proxy } from '../../support/proxy.ts';
import type { Nemesis } from '../nemesis.ts';
import type { Random } from '../random.ts';
import type { Stage } from '../stage.ts';
import { victimOf } from './processes.ts';

const directions = ['toBroker', 'toClient'] as const satisfies readonly Direction[];

/** The way to one broker, or to all. */
const drawReach = (random: Random): 'one broker' | 'all brokers' => (random.chance(0.5) ? 'one broker' : 'all brokers');

function proxiesOf(stage: Stage, reach: ReturnType<typeof drawReach>): Proxy[] {
  const { world, random } = stage.parts;
  const proxies = world.kafka.brokers.map(({ clients }) => clients);
  return reach === 'one broker' ? [random.pick(proxies)] : proxies;
}

const delay: Nemesis = {
  weight: 2,
  alone: true,
  late: true,
  draw: (random) => {
    const [reach, direction] = [drawReach(random), random.pick(directions)];
    const [byMs, forMs] = [random.whole(5, 200), random.whole(500, 4_000)];
    return {
      nemesis: `delay to ${reach}`,
      details: { direction, byMs, forMs },
      run: async (stage) => {
        const proxies = proxiesOf(stage, reach);
        for (const proxy of proxies) proxy.delay(direction, byMs);
        await stage.pause(forMs);
        for (const proxy of proxies) proxy.delay(direction, 0);
      },
    };
  },
};

const blackHole: Nemesis = {
  weight: 3,
  alone: true,
  late: true,
  draw: (random) => {
    const [reach, forMs] = [drawReach(random), random.whole(300, 5_000)];
    const both = random.chance(0.5);
    const swallowed = both ? directions : [random.pick(directions)];
    return {
      nemesis: `black hole to ${reach}`,
      details: { swallowed, forMs },
      run: async (stage) => {
        const proxies = proxiesOf(stage, reach);
        for (const proxy of proxies) for (const direction of swallowed) proxy.stall(direction);
        await stage.pause(forMs);
        for (const proxy of proxies) for (const direction of swallowed) proxy.flow(direction);
      },
    };
  },
};

const cut: Nemesis = {
  weight: 3,
  alone: true,
  draw: (random) => {
    const reach = drawReach(random);
    const cuts = Array.from({ length: random.whole(1, 5) }, () => ({
      direction: random.pick(directions),
      bytes: random.chance(0.5) ? random.whole(0, 2_000) : random.whole(2_000, 300_000),
    }));
    return {
      nemesis: `cut off from ${reach}`,
      details: { cuts },
      run: async (stage) => {
        for (const { direction, bytes } of cuts) {
          const struck = proxiesOf(stage, reach).map((proxy) => proxy.cutAfter(direction, bytes));
          // It is healed with the rest when so many bytes do not come any more.
          await Promise.race([Promise.all(struck), stage.pause(2_000)]);
        }
      },
    };
  },
};

const refuse: Nemesis = {
  weight: 2,
  alone: true,
  draw: (random) => {
    const [reach, forMs] = [drawReach(random), random.whole(300, 5_000)];
    return {
      nemesis: `refused by ${reach}`,
      details: { forMs },
      run: async (stage) => {
        const proxies = proxiesOf(stage, reach);
        for (const proxy of proxies) {
          proxy.refuse();
          proxy.cut();
        }
        await stage.pause(forMs);
        for (const proxy of proxies) await proxy.accept();
      },
    };
  },
};

/** A leader that the other brokers cannot hear: it still answers clients. */
const isolate: Nemesis = {
  weight: 3,
  alone: true,
  draw: (random) => {
    const forMs = random.whole(500, 6_000);
    return {
      nemesis: 'broker isolated from the others',
      details: { forMs },
      run: async (stage) => {
        const { world, random: chance } = stage.parts;
        const { id, brokers } = chance.pick(world.kafka.brokers);
        stage.note('isolated', { broker: id });
        for (const direction of directions) brokers.stall(direction);
        await stage.pause(forMs);
        for (const direction of directions) brokers.flow(direction);
      },
    };
  },
};

/** What a process had sent before it died arrives when its successor is at work. */
const lateBytes: Nemesis = {
  weight: 5,
  alone: true,
  late: true,
  draw: (random) => {
    const sendsMs = random.whole(50, 1_500);
    const arrivesAfterMs = random.whole(0, 4_000);
    return {
      nemesis: 'late bytes of a dead process',
      details: { sendsMs, arrivesAfterMs },
      run: async (stage) => {
        const victim = await victimOf(stage);
        const releases = stage.parts.world.kafka.brokers.map(({ clients }) => clients.holdBack());
        await stage.pause(sendsMs);
        victim?.kill();
        await victim?.ended;
        await stage.pause(arrivesAfterMs);
        stage.note('late bytes arrive');
        for (const release of releases) release();
      },
    };
  },
};

export const ofTheNetwork = [delay, blackHole, cut, refuse, isolate, lateBytes];
