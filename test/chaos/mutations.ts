import type { Mutation } from './mutant.ts';

/**
 * What keeps a restore exact, switched off one at a time. The first two matter on any broker; the last two on those before
 * 3.6, whose leaders ask nobody.
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
    right: 'await cover(context, batches, partition, { lastProducer, again: again || report.doubted });',
    wrong: 'void cover;',
  },
  /** No marker carries the new epoch to the leaders: they take what the last writer had on its way. */
  'no fencing commit': {
    file: 'src/engine/takeover.ts',
    right: 'if (mayHaveWritten) await delivery.fence(taken, partitions);',
    wrong: 'void mayHaveWritten;',
  },
  /** The first batch of a partition does not travel alone: those behind it are taken without it. */
  'not alone at first': {
    file: 'src/engine/pipeline.ts',
    right: "return this.state === 'first' && this.sentAndOpen === 0;",
    wrong: "return this.state === 'first' && this.sentAndOpen < this.depth;",
  },
} as const satisfies Record<string, Mutation>;
