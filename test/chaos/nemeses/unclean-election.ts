import type { Nemesis } from '../nemesis.ts';
import type { Stage } from '../stage.ts';

/** Time for acknowledgements that only the leader holds. */
const ALONE_MS = 2_000;

/**
 * A leader that was alone in sync is lost, and a replica that lacks the last records is elected: acknowledged records are
 * gone. The topics have two replicas and one of them suffices (`unclean` of the stage).
 *
 * 1. The follower dies; the leader acknowledges alone.
 * 2. The way to the leader is blocked for brokers, so that the follower comes back without what it missed.
 * 3. The leader dies; the follower is elected.
 */
export const uncleanElection: Nemesis = {
  weight: 1,
  alone: true,
  fatal: true,
  draw: () => ({
    nemesis: 'unclean leader election',
    details: {},
    needs: ['unclean'],
    run: async (stage) => {
      const { world, targets } = stage.parts;
      const topic = targets[0]?.target ?? '';
      const { leader, followers } = await world.cluster.places(topic, 0);
      const [ahead, behind] = [world.broker(leader), world.broker(followers[0] ?? -1)];
      stage.note('follower dies', { broker: behind.id });
      await behind.process.kill();
      const alone = await stage.until(async () => (await inSync(stage, topic)).every((id) => id !== behind.id));
      const noted = (await acknowledged(stage)) + 1;
      await stage.pause(ALONE_MS);
      if (!alone || !(await stage.until(async () => (await acknowledged(stage)) >= noted))) return;
      ahead.brokers.stall('toBroker');
      ahead.brokers.stall('toClient');
      ahead.brokers.cut();
      await behind.process.start();
      await stage.until(() => registered(stage, behind.id));
      stage.note('leader dies', { broker: ahead.id });
      await ahead.process.kill();
      const elected = await stage.until(async () => (await world.cluster.places(topic, 0)).leader === behind.id);
      stage.note('elected', { broker: behind.id, elected });
      if (elected) stage.mustHalt(['TargetTruncated', 'LedgerHole', 'LedgerRepeat']);
      await ahead.brokers.heal();
      await ahead.process.start();
    },
  }),
};

async function inSync(stage: Stage, topic: string): Promise<number[]> {
  return (await stage.parts.world.cluster.places(topic, 0)).inSync;
}

/** Records that the report says are acknowledged, in the partition that is lost. */
async function acknowledged(stage: Stage): Promise<number> {
  return (await stage.readReport())?.topics[0]?.partitions[0]?.acknowledged ?? 0;
}

async function registered(stage: Stage, id: number): Promise<boolean> {
  return (await stage.parts.world.cluster.brokers()).includes(id);
}
