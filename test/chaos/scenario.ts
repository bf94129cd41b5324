import type { Reason } from '../../src/model/reasons.ts';
import type { SourceName } from './data.ts';
import type { Nemesis } from './nemesis.ts';
import type { Stage } from './stage.ts';

/** When a strike begins: once this share of the records is acknowledged, or so long after the first process was started. */
export type Moment = { readonly progress: number } | { readonly ms: number };

/** What a stage must have for a strike. */
export type Need =
  /** The archive is read from S3, through a proxy that fails on demand. */
  | 'S3'
  /** The report is on a small volume of its own. */
  | 'volume'
  /** The processes' clock can be moved. */
  | 'clock'
  /** The target topics exist before, and their leaders may be elected from replicas that are behind. */
  | 'unclean';

/** One thing that befalls a restore: it is done, lasts, and is undone, all by `run`. */
export interface Strike {
  readonly nemesis: string;
  /** What was drawn for it, for the trace. */
  readonly details: Readonly<Record<string, unknown>>;
  readonly needs?: readonly Need[];
  readonly run: (stage: Stage) => Promise<void>;
}

export type Before =
  | 'nothing'
  /** The targets hold records of others, behind which it restores. */
  | 'records of others'
  /** It was done, with the same report, when the archive had half of what it has now. */
  | 'an older archive restored';

/** All that a seed stands for. */
export interface Scenario {
  readonly seed: number;
  readonly topics: readonly SourceName[];
  /** Without transactional ids the restore is one of a user who may use none. */
  readonly delivery: 'transactional' | 'idempotent';
  /** What there is when the restore begins. */
  readonly before: Before;
  readonly proof: 'ledger' | 'read-back';
  /** How long the records take when nothing happens. */
  readonly seconds: number;
  /** Between the end of a process and the start of the next. */
  readonly pauseMs: number;
  readonly strikes: readonly { readonly at: Moment; readonly kind: Nemesis; readonly strike: Strike }[];
  /** What a process had sent that is gone may arrive late: only transactions keep that out. */
  readonly late: boolean;
  /** It breaks what all scenarios share: no other may run meanwhile. */
  readonly alone: boolean;
}

/**
 * Whether something may arrive late that nothing keeps out, as "Without transactional ids" in docs/exactly-once.md has it:
 * before Done the proof finds it, after it only `rekindle verify`.
 */
export const mayArriveLate = ({ delivery, late }: Scenario): boolean => delivery === 'idempotent' && late;

/** What a restore may say in place of Done by what was drawn for it, once that has befallen it: nothing, for most. */
export function mayHaltWith(scenario: Scenario): readonly Reason[] {
  if (mayArriveLate(scenario)) return ['LedgerRepeat', 'LedgerHole'];
  // What was aborted begins again, and records of others that stand behind it go only if a person agrees.
  const kinds = scenario.strikes.map(({ kind }) => kind);
  const asks = kinds.some(({ foreign }) => foreign) && kinds.some(({ ofTransactions }) => ofTransactions);
  return asks ? ['ResetNeedsApproval'] : [];
}

/** For the trace: a scenario without its code. */
export function describe(scenario: Scenario): Record<string, unknown> {
  const { strikes, ...rest } = scenario;
  return {
    ...rest,
    strikes: strikes.map(({ at, strike: { nemesis, details } }) => ({ at, nemesis, ...details })),
  };
}
