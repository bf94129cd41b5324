import type { StepName } from '../../../src/engine/steps.ts';
import type { Nemesis } from '../nemesis.ts';
import type { RestoreProcess } from '../restore-process.ts';
import type { Stage } from '../stage.ts';

/** The newest process that runs; waits for one if there is none. Null when the restore ends before. */
export async function victimOf(stage: Stage): Promise<RestoreProcess | null> {
  const { supervisor } = stage.parts;
  await stage.until(() => supervisor.active !== undefined);
  return supervisor.active ?? null;
}

/** Kills all processes and does the work before another one is started, unless the restore ends before. */
export async function betweenProcesses(stage: Stage, work: (stage: Stage) => Promise<void>): Promise<void> {
  const { supervisor } = stage.parts;
  const release = supervisor.hold();
  try {
    while (supervisor.active !== undefined) {
      const victim = supervisor.active;
      victim.kill();
      await victim.ended;
    }
    if (!stage.ended) await work(stage);
  } finally {
    release();
  }
}

const kill: Nemesis = {
  weight: 6,
  alone: false,
  draw: () => ({
    nemesis: 'SIGKILL',
    details: {},
    run: async (stage) => (await victimOf(stage))?.kill(),
  }),
};

/** Killed again and again, before it has done much. */
const killAgain: Nemesis = {
  weight: 2,
  alone: false,
  draw: (random) => {
    const pausesMs = Array.from({ length: random.whole(2, 4) }, () => random.whole(200, 2_000));
    return {
      nemesis: 'SIGKILL again and again',
      details: { pausesMs },
      run: async (stage) => {
        for (const pauseMs of pausesMs) {
          (await victimOf(stage))?.kill();
          await stage.pause(pauseMs);
        }
      },
    };
  },
};

/** Where processes die. What is added here changes what every seed stands for. */
const steps = [
  'preparing',
  'purge-decided',
  'purged',
  'acknowledged',
  'committed',
  'checkpointed',
  'report-temporary-written',
  'takeover-committed',
  'takeover-bumped',
  'takeover-fenced',
  'proving',
  'restoring-configuration',
] as const satisfies readonly StepName[];

/** One process after the other dies between two durable steps. */
const dieAtSteps: Nemesis = {
  weight: 5,
  alone: false,
  draw: (random) => {
    const stops = Array.from({ length: random.whole(1, 3) }, () => {
      const step = random.pick(steps);
      // A report is written some times before anything else happens.
      return step === 'report-temporary-written' ? `${step}#${random.whole(2, 5)}` : step;
    });
    return {
      nemesis: `dies at ${stops.join(', ')}`,
      details: {},
      run: async (stage) => {
        stage.parts.supervisor.stopNext(stops);
        (await victimOf(stage))?.kill();
      },
    };
  },
};

const terminate: Nemesis = {
  weight: 2,
  alone: false,
  draw: () => ({
    nemesis: 'SIGTERM',
    details: {},
    run: async (stage) => (await victimOf(stage))?.terminate(),
  }),
};

const freeze: Nemesis = {
  weight: 2,
  alone: false,
  draw: (random) => {
    const frozenMs = random.whole(300, 4_000);
    return {
      nemesis: 'SIGSTOP, SIGCONT',
      details: { frozenMs },
      run: async (stage) => {
        const victim = await victimOf(stage);
        victim?.freeze();
        await stage.pause(frozenMs);
        victim?.thaw();
      },
    };
  },
};

/** Frozen, replaced, and awake again while its successor works, or after the successor has come to the end. */
const zombie: Nemesis = {
  weight: 6,
  alone: false,
  late: true,
  draw: (random) => {
    const replacedAfterMs = random.whole(0, 1_500);
    const wakesAfterMs = random.whole(500, 8_000);
    return {
      nemesis: 'zombie',
      details: { replacedAfterMs, wakesAfterMs },
      run: async (stage) => {
        const victim = await victimOf(stage);
        victim?.freeze();
        await stage.pause(replacedAfterMs);
        if (stage.ended) return;
        stage.parts.supervisor.start();
        await stage.pause(wakesAfterMs);
        stage.note('the zombie wakes', { process: victim?.number });
        victim?.thaw();
      },
    };
  },
};

/** Two at a time on one report, both awake. */
const rival: Nemesis = {
  weight: 3,
  alone: false,
  late: true,
  draw: (random) => {
    const rivals = random.whole(1, 2);
    return {
      nemesis: rivals === 1 ? 'rival' : 'two rivals',
      details: {},
      run: async (stage) => {
        await victimOf(stage);
        if (stage.ended) return;
        for (let i = 0; i < rivals; i++) stage.parts.supervisor.start();
      },
    };
  },
};

export const ofProcesses = [kill, killAgain, dieAtSteps, terminate, freeze, zombie, rival];
