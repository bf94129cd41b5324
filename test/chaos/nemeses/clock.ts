import type { Nemesis } from '../nemesis.ts';
import { victimOf } from './processes.ts';

/** How far the stage's processes jump at each signal; see `adjustable-clock.ts`. */
export const CLOCK_JUMPS_MS = [-3_600_000, -60_000, 60_000, 3_600_000, 400 * 86_400_000] as const;

/** Somebody sets the clock of the process's machine. */
const jump: Nemesis = {
  weight: 2,
  alone: false,
  draw: (random) => {
    const times = random.whole(1, 3);
    const pauseMs = random.whole(100, 1_500);
    return {
      nemesis: 'clock jumps',
      details: { times, pauseMs },
      needs: ['clock'],
      run: async (stage) => {
        for (let i = 0; i < times; i++) {
          (await victimOf(stage))?.signal('SIGUSR2');
          await stage.pause(pauseMs);
        }
      },
    };
  },
};

export const ofTheClock = [jump];
