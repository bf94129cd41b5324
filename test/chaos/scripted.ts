import type { PartitionReport, Report } from '../../src/model/report.ts';
import type { SourceName } from './data.ts';
import { victimOf } from './nemeses/processes.ts';
import { foreignRecords } from './nemeses/target.ts';
import type { Scenario, Strike } from './scenario.ts';
import type { Stage } from './stage.ts';

/** Scenarios made by hand, each of which a restore survives that is right in one particular point. */

/** @param seed names the topics; above all that are drawn */
function scripted(
  seed: number,
  topics: readonly SourceName[],
  seconds: number,
  strikes: Scenario['strikes'],
): Scenario {
  const usual = { delivery: 'transactional', before: 'nothing', proof: 'ledger', pauseMs: 0, late: false } as const;
  return { ...usual, seed, topics, seconds, strikes, alone: true };
}

const strike = (nemesis: string, run: (stage: Stage) => Promise<void>): Strike => ({ nemesis, details: {}, run });

/** A process dies with batches acknowledged that no report knows of. */
export const killedInFlight = scripted(1_000_001, ['chaos-orders'], 5, [
  {
    at: { progress: 0.3 },
    strike: strike('SIGKILL before the next note', async (stage) => {
      const noted = await notedRecords(stage);
      await stage.until(async () => (await notedRecords(stage)) > noted);
      // The next note is a second away.
      await stage.pause(500);
      (await victimOf(stage))?.kill();
    }),
  },
]);

/** Others write into the partitions before a process dies with acknowledged batches in an open transaction. */
export const killedAmongOthers = scripted(1_000_002, ['chaos-events'], 20, [
  {
    at: { progress: 0.1 },
    strike: strike('foreign producer, then SIGKILL', async (stage) => {
      await foreignRecords(stage, { records: 60, perSecond: 1_000, transactional: false });
      await stage.until(async () =>
        partitionsOf(await stage.readReport()).every(({ acknowledged, committed }) => acknowledged > committed),
      );
      (await victimOf(stage))?.kill();
    }),
  },
]);

async function notedRecords(stage: Stage): Promise<number> {
  return partitionsOf(await stage.readReport()).reduce((sum, { acknowledged }) => sum + acknowledged, 0);
}

const partitionsOf = (report: Report | null | undefined): PartitionReport[] =>
  (report?.topics ?? []).flatMap(({ partitions }) => partitions);
