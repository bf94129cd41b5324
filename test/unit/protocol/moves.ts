import { addPartition, endTxn, initProducerId, isReplicated, produce, replicate } from './cluster.ts';
import { purge } from './partition-log.ts';
import { begin, claim, started } from './preparation.ts';
import { prove } from './proof.ts';
import { add, commit, send } from './session.ts';
import { noteEpoch, notePurge, purged, scan } from './takeover.ts';
import { askForHolder, bump, commitForward, fence } from './tenure.ts';
import { because, type Late, type Move, type Place, type Rules, type World } from './world.ts';
import { isOwner, type Turn } from './writer.ts';

/** What happens by itself: the processes work, replicas fetch, bytes arrive. */
export function movesOf(world: World, rules: Rules): Move[] {
  if (world.end?.as === 'halted') return [];
  const moves = [...movesBy('current', world, rules), ...movesBy('zombie', world, rules)];
  if (world.current === null && world.end === null) {
    const { producer, partition, noted } = world.report;
    for (const known of [{ producer, partition }, ...noted]) {
      const name = `a process starts from ${known.partition?.acknowledged ?? 'zero'}`;
      moves.push({ name, to: () => started(world, known, rules) });
    }
  }
  if (!isReplicated(world.cluster)) {
    moves.push({ name: 'replicate', to: () => ({ ...world, cluster: replicate(world.cluster) }) });
  }
  world.late.forEach((bytes, i) => {
    const others = { ...world, late: world.late.toSpliced(i, 1) };
    moves.push({ name: `late ${bytes.is}`, to: () => arrived(others, bytes, rules) });
  });
  return moves;
}

const program: Readonly<Record<Place, (turn: Turn) => Move[]>> = {
  claim,
  'ask for the holder': askForHolder,
  'commit forward': commitForward,
  'await the commit forward': commitForward,
  bump,
  'add to fence': fence,
  'commit to fence': fence,
  begin,
  'finish a purge': purged,
  scan,
  'note the purge': notePurge,
  'add to confirm': fence,
  'commit to confirm': fence,
  purge: purged,
  'note the epoch': noteEpoch,
  add,
  send,
  commit,
  prove,
};

function movesBy(slot: Turn['slot'], world: World, rules: Rules): Move[] {
  const writer = world[slot];
  if (writer === null) return [];
  const moves = program[writer.at]({ world, slot, writer, rules });
  if (isOwner(world, writer)) return moves;
  return moves.map(({ name, to }) => ({
    name: `old process: ${name}`,
    to: () => {
      const next = to();
      return next.cluster === world.cluster ? next : because(next, 'latecomer');
    },
  }));
}

/** Nobody reads the answer. */
function arrived(world: World, late: Late, { verifies }: Rules): World {
  const { cluster } = world;
  switch (late.is) {
    case 'batches': {
      const [first, ...rest] = late.sent;
      if (first === undefined) return world;
      const { log } = produce(cluster, first, verifies);
      const next = { ...world, cluster: { ...cluster, log } };
      const still = rest.length === 0 ? next : { ...next, late: [...world.late, { ...late, sent: rest }] };
      const { state, epoch } = cluster.coordinator;
      const isLatecomer = log !== cluster.log && (first.epoch < epoch || state !== 'open');
      return isLatecomer ? because(still, 'latecomer') : still;
    }
    case 'EndTxn':
      return { ...world, cluster: endTxn(cluster, late.epoch, true).cluster };
    case 'AddPartitionsToTxn':
      return { ...world, cluster: addPartition(cluster, late.epoch).cluster };
    case 'InitProducerId': {
      const { is, cluster: bumped } = initProducerId(cluster);
      const next = { ...world, cluster: bumped };
      return is === 'aborting' ? because(next, 'latecomer') : next;
    }
    case 'DeleteRecords':
      return { ...world, cluster: { ...cluster, log: purge(cluster.log, late.before) } };
  }
}
