import type { Mutation } from './mutant.ts';

/** What keeps a restore exact, switched off one at a time. */
export const mutations = {
  /** The old writer's late batches are refused by the coordinator only, which brokers before 3.6 do not ask. */
  'no fencing commit': {
    file: 'src/engine/takeover.ts',
    right: 'if (before) await fence(coordinator, producer, partitions);',
    wrong: '',
  },
  /** The epoch is taken before the last writer's transaction is committed: the coordinator aborts it. */
  'epoch before commit': {
    file: 'src/engine/tenure.ts',
    right: 'if (holder) await coordinator.commit(holder);',
    wrong: 'if (holder) await coordinator.initProducerId(TRANSACTION_TIMEOUT_MS);',
  },
  /** The second batch does not wait for the answer to the first. */
  'first batch not alone': {
    file: 'src/engine/pipeline.ts',
    right: "this.state === 'first' && this.sentAndOpen === 0",
    wrong: "this.state === 'first' && this.sentAndOpen < DEPTH",
  },
  /** What the report does not know of is not looked for in the log. */
  'no look at the log': {
    file: 'src/engine/tail.ts',
    right: 'await cover(context, batches, partition);',
    wrong: 'void cover;',
  },
} as const satisfies Record<string, Mutation>;
