import { progress } from '../search/search.ts';
import type { Fault } from './faults.ts';
import type { Invariant } from './invariants.ts';
import type { Policy } from './policy.ts';

/** The protocol without one of its rules: a policy of the modelled writer, never another writer. */
export interface Mutant {
  readonly does: string;
  readonly policy: Partial<Policy>;
  readonly breaks: Invariant | typeof progress;
  /** Faults that it takes: so many, of these kinds. */
  readonly faults: number;
  readonly kinds: readonly Fault[];
  /** Batches of the plan. */
  readonly batches?: number;
  /** Brokers before 3.6. */
  readonly old?: true;
}

export const mutants: readonly Mutant[] = [
  {
    does: 'reads the log to the high watermark only',
    policy: { scansTo: 'high watermark' },
    breaks: 'no record twice',
    ...{ faults: 2, kinds: ['kill', 'leader change'] },
  },
  {
    does: 'bumps the epoch before it commits forward',
    policy: { commitsBeforeBump: false },
    breaks: 'nothing is aborted',
    ...{ faults: 1, kinds: ['kill'] },
  },
  {
    does: 'makes no fencing commit, on brokers before 3.6',
    policy: { fences: 'nobody' },
    breaks: 'no record twice',
    ...{ faults: 1, kinds: ['kill'], old: true },
  },
  {
    does: 'aborts on a takeover',
    policy: { endsBy: 'abort' },
    breaks: 'nothing is aborted',
    ...{ faults: 1, kinds: ['kill'] },
  },
  {
    does: 'sends a second batch before the first is answered',
    policy: { firstAlone: false },
    breaks: 'in order',
    ...{ faults: 1, kinds: ['refusal'] },
  },
  {
    does: 'compares sequences without CRC',
    policy: { comparesCrc: false },
    breaks: 'Done means there',
    ...{ faults: 2, kinds: ['cut', 'truncation'] },
  },
  {
    does: 'keeps the epoch after a purge',
    policy: { bumpsAfterPurge: false },
    breaks: progress,
    ...{ faults: 1, kinds: ['start from zero'] },
  },
  {
    does: 'writes the checkpoint before the commit',
    policy: { checkpointsAfterCommit: false },
    breaks: 'the report is true',
    ...{ faults: 0, kinds: [] },
  },
  {
    does: 'asks who holds the id after it has looked whether it is the newest, on brokers before 3.6',
    policy: { looksAfterHolder: false },
    breaks: 'the report is true',
    ...{ faults: 1, kinds: ['freeze'], old: true },
  },
  {
    does: 'does not look again after the bump',
    policy: { looksAfterBump: false },
    breaks: 'the report is true',
    ...{ faults: 1, kinds: ['freeze'] },
  },
  {
    does: 'does not look before it purges',
    policy: { looksBeforePurge: false },
    breaks: 'nothing is undone',
    ...{ faults: 1, kinds: ['freeze'] },
  },
  {
    does: 'fences writers on record only, on brokers before 3.6',
    policy: { fences: 'writers on record' },
    breaks: 'no record twice',
    ...{ faults: 1, kinds: ['freeze'], old: true },
  },
  {
    does: 'purges before it says so',
    policy: { notesPurge: false },
    breaks: 'halts have causes',
    ...{ faults: 3, kinds: ['kill', 'coordinator abort'] },
  },
  {
    does: 'believes the report that its last batch was committed',
    policy: { readsMarkerOfLast: false },
    breaks: 'Done means there',
    ...{ faults: 2, kinds: ['freeze', 'truncation'], batches: 4 },
  },
  {
    does: 'proves without a look at the marker behind the last batch',
    policy: { looksAtMarker: false },
    breaks: 'Done means there',
    ...{ faults: 1, kinds: ['truncation'] },
  },
  {
    does: 'does not look at leader epochs',
    policy: { looksAtLeader: false },
    breaks: 'Done means there',
    ...{ faults: 3, kinds: ['cut', 'truncation', 'foreign append'], batches: 3 },
  },
  {
    does: 'goes on from what an interrupted look has found',
    policy: { doubts: false },
    breaks: 'halts have causes',
    ...{ faults: 4, kinds: ['kill', 'torn report', 'interrupted look'] },
  },
];
