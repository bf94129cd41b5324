import { randomUUID } from 'node:crypto';
import { readdir, readFile, rm, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { fill } from '../../support/report-volume.ts';
import type { Nemesis } from '../nemesis.ts';
import { betweenProcesses, victimOf } from './processes.ts';

/** The report's volume is full for a while. */
const full: Nemesis = {
  weight: 3,
  alone: false,
  draw: (random) => {
    const forMs = random.whole(500, 5_000);
    const killed = random.chance(0.4);
    return {
      nemesis: killed ? 'report volume full, and SIGKILL' : 'report volume full',
      details: { forMs },
      needs: ['volume'],
      run: async (stage) => {
        // A name of its own: two of these may overlap.
        const ballast = join(stage.parts.report, '..', `ballast-${randomUUID()}`);
        await fill(ballast);
        if (killed) (await victimOf(stage))?.kill();
        await stage.pause(forMs);
        await rm(ballast);
        stage.note('there is room again');
      },
    };
  },
};

/** Half of the newest report is gone when the next process comes: one epoch may be lost, not more. */
const torn: Nemesis = {
  weight: 3,
  alone: false,
  draw: (random) => {
    const kept = random.share();
    return {
      nemesis: 'report torn',
      details: { kept },
      run: async (stage) => {
        const { report } = stage.parts;
        // There must be an epoch before.
        if ((await epochsOf(report)).length < 2) {
          const first = await victimOf(stage);
          first?.kill();
          await first?.ended;
          if (!(await stage.until(async () => (await epochsOf(report)).length >= 2))) return;
        }
        await betweenProcesses(stage, async () => {
          const newest = (await epochsOf(report)).at(-1) ?? 0;
          const file = join(report, `report.${newest}.json`);
          const { length } = await readFile(file);
          await truncate(file, Math.floor(length * kept));
          stage.note('torn', { file, bytes: length });
        });
      },
    };
  },
};

async function epochsOf(folder: string): Promise<number[]> {
  const names = await readdir(folder).catch(() => []);
  return names
    .map((name) => Number(/^report\.(\d+)\.json$/.exec(name)?.[1] ?? 0))
    .filter((epoch) => epoch > 0)
    .toSorted((a, b) => a - b);
}

export const ofTheReport = [full, torn];
