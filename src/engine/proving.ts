import type { ProofKind } from '../model/order.ts';
import type { ProofRecord } from '../model/report.ts';
import { explained, OutcomeUnknown } from './failure.ts';
import type { RestoredPartition } from './partition.ts';
import { Proof } from './proof.ts';
import type { Step } from './steps.ts';
import type { TargetLink } from './target-link.ts';

export interface ProvingOptions {
  readonly link: TargetLink;
  readonly kind: ProofKind;
  /** All producer ids of this Restore; it grows. */
  readonly ownIds: ReadonlySet<number>;
  readonly step: Step;
}

/** The proof of a run, whatever interrupts it: what was read stays read until something more is restored. */
export class Proving {
  private readonly options: ProvingOptions;
  private proof: Proof | null = null;

  constructor(options: ProvingOptions) {
    this.options = options;
  }

  /** Records proved so far. */
  get records(): number {
    return this.proof?.records ?? 0;
  }

  /** What was read is not what stands there any more. */
  forget(): void {
    this.proof = null;
  }

  /** Goes on, to the end. @throws RekindleError as `Proof.run`, `KafkaUnreachable` …; the signal's reason */
  async run(partitions: readonly RestoredPartition[], signal: AbortSignal): Promise<ProofRecord> {
    const { link, kind, ownIds, step } = this.options;
    const { cluster, admin } = await link.connect();
    const topics = await admin.describe([...new Set(partitions.map(({ plan }) => plan.target))]);
    const proof = (this.proof ??= new Proof(kind, partitions, ownIds));
    try {
      const proved = await proof.run({ cluster, admin, topics, step, signal });
      if (this.proof !== proof) throw new OutcomeUnknown('something was restored while it was proved');
      return proved;
    } catch (error) {
      throw explained(error);
    }
  }
}
