import { readReport } from '../../src/report/store.ts';
import type { SourceName } from './data.ts';
import { coordinatorOf } from './nemeses/brokers.ts';
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
  return { seed, topics, seconds, pauseMs: 0, strikes, alone: true };
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

/** Others write into the partitions before a process dies with a transaction open. */
export const killedAmongOthers = scripted(1_000_002, ['chaos-events'], 5, [
  {
    at: { progress: 0.1 },
    strike: strike('foreign producer, then SIGKILL', async (stage) => {
      await foreignRecords(stage, { records: 60, perSecond: 1_000, transactional: false });
      (await victimOf(stage))?.kill();
    }),
  },
]);

/** The leaders cannot ask the coordinator, now and then, while the first batches come. */
export const coordinatorOutOfReach = scripted(1_000_003, ['chaos-events', 'chaos-orders'], 6, [
  {
    at: { ms: 0 },
    strike: strike('coordinator cut off from the other brokers again and again', async (stage) => {
      await stage.until(async () => (await stage.readReport())?.producer != null);
      const coordinator = await coordinatorOf(stage);
      const until = stage.parts.trace.ms + 3_000;
      while (!stage.ended && stage.parts.trace.ms < until) {
        coordinator?.brokers.cut();
        await stage.pause(stage.parts.random.whole(1, 10));
      }
    }),
  },
]);

/** What a dead process had sent arrives after its successor has looked, and before the successor's first batch. */
export const lateBytesAfterTheLook = scripted(1_000_004, ['chaos-orders'], 6, [
  {
    at: { progress: 0.4 },
    strike: strike('late bytes between look and first batch', async (stage) => {
      const { supervisor, world, report } = stage.parts;
      const proxies = world.kafka.brokers.map(({ clients }) => clients);
      const dead = await victimOf(stage);
      const release = proxies.map((proxy) => proxy.holdBack());
      await stage.pause(600);
      const before = (await readReport(report))?.producer?.producerEpoch ?? -1;
      // A handshake takes longer than to notice that the successor has looked.
      for (const proxy of proxies) proxy.delay('toBroker', 100);
      dead?.kill();
      await dead?.ended;
      await stage.until(async () => ((await stage.readReport())?.producer?.producerEpoch ?? -1) > before);
      const successor = supervisor.active;
      successor?.freeze();
      for (const proxy of proxies) proxy.delay('toBroker', 0);
      for (const letGo of release) letGo();
      await stage.pause(1_000);
      successor?.thaw();
    }),
  },
]);

async function notedRecords(stage: Stage): Promise<number> {
  const report = await stage.readReport();
  return (report?.topics ?? [])
    .flatMap(({ partitions }) => partitions)
    .reduce((sum, { acknowledged }) => sum + acknowledged, 0);
}
