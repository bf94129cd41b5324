import type { Mutation } from './mutant.ts';

/**
 * What keeps a restore exact, switched off one at a time. Those whose effect needs a broker before 3.6, or an answer at the
 * wrong moment, are in the model of the protocol: `test/unit/protocol/mutants.test.ts`.
 */
export const mutations = {
  /** The epoch is taken before the last writer's transaction is committed: the coordinator aborts it. */
  'epoch before commit': {
    file: 'src/engine/tenure.ts',
    right: 'if (holder) await coordinator.commit(holder);',
    wrong: 'if (holder) await coordinator.initProducerId(TRANSACTION_TIMEOUT_MS);',
  },
  /** What the report does not know of is not looked for in the log. */
  'no look at the log': {
    file: 'src/engine/tail.ts',
    right: 'await cover(context, batches, partition);',
    wrong: 'void cover;',
  },
} as const satisfies Record<string, Mutation>;
