import type { Model } from '../search/search.ts';
import { allFaults, faultsOf, type Fault } from './faults.ts';
import { broken } from './invariants.ts';
import { movesOf } from './moves.ts';
import { representative, withoutTheDead } from './reduction.ts';
import { fingerprintOf } from './sameness.ts';
import { newWorld, type Rules, type World } from './world.ts';

/**
 * The protocol: one partition with its leader and replicas, a transaction coordinator, a report, and the processes that
 * work on it.
 * @param faults that may happen in all, of these kinds
 */
export const protocolModel = (rules: Rules, faults: number, kinds: readonly Fault[] = allFaults): Model<World> => ({
  first: newWorld(faults),
  moves: (world) => movesOf(world, rules),
  faults: (world) => faultsOf(world, rules, kinds),
  broken: (world, before) => broken(world, before, rules),
  ending: ({ end }) => (end?.as === 'halted' ? end.reason : (end?.as ?? null)),
  fingerprint: fingerprintOf,
  reduced: (world) => withoutTheDead(world, rules, kinds),
  representative: (moves, world) => representative(moves, world, rules),
});
