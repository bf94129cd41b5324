import type { Random } from './random.ts';
import type { Strike } from './scenario.ts';

/** A kind of misfortune. What a strike of it does is drawn from the scenario's seed alone. */
export interface Nemesis {
  /** How often it is drawn, beside the others. */
  readonly weight: number;
  /** It touches brokers or the network, which scenarios share. */
  readonly alone: boolean;
  /** The restore can come to no good end after it: it must halt by name (`Stage.mustHalt`). */
  readonly fatal?: boolean;
  /** What a process had sent that is gone, or is taken for it, may arrive after another one has looked at the log. */
  readonly late?: boolean;
  /** It strikes a transaction of the restore's own: one that writes without them has none. */
  readonly ofTransactions?: boolean;
  /** Others write into the targets. */
  readonly foreign?: boolean;
  readonly draw: (random: Random) => Strike;
}
