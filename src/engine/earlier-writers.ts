import type { ProducerIdentity } from '../kafka/transaction-requests.ts';
import { TransactionCoordinator } from '../kafka/transactions.ts';
import type { Claim } from '../model/claim.ts';
import type { OfPartition } from './partition.ts';
import type { Target } from './target-link.ts';
import type { TargetTopic } from './target.ts';
import { fence, takeTenure } from './tenure.ts';

interface Tenure {
  readonly coordinator: TransactionCoordinator;
  readonly producer: ProducerIdentity;
}

/** Writers of a run whose report is gone may still live: nothing of theirs may come after a purge. */
export class EarlierWriters {
  private tenures: Tenure[] | null = null;
  private readonly fenced = new Set<string>();

  /**
   * Takes all transactional ids of the claim over and fences these topics; once, for a restore that holds is prepared
   * again and again.
   * @param confirm throws when they are another one's to take by now
   * @returns the producer ids
   */
  async fence(
    { cluster }: Target,
    claimed: Claim,
    topics: readonly TargetTopic[],
    confirm: () => Promise<void>,
  ): Promise<number[]> {
    this.tenures ??= await takeAll(cluster, claimed.transactionalIds, confirm);
    const unfenced = topics.filter(({ name }) => !this.fenced.has(name));
    const partitions = unfenced.flatMap(({ plans }) => plans.map((plan) => ({ plan })));
    if (partitions.length > 0) await this.confirm(partitions);
    for (const { name } of unfenced) this.fenced.add(name);
    return this.tenures.map(({ producer }) => producer.producerId);
  }

  /** Makes sure that nobody has taken one of them over since. @throws RekindleError `Fenced` */
  async confirm(partitions: readonly OfPartition[]): Promise<void> {
    for (const { coordinator, producer } of this.tenures ?? []) await fence(coordinator, producer, partitions);
  }
}

async function takeAll(
  cluster: Target['cluster'],
  transactionalIds: readonly string[],
  confirm: () => Promise<void>,
): Promise<Tenure[]> {
  const tenures: Tenure[] = [];
  for (const transactionalId of transactionalIds) {
    const coordinator = new TransactionCoordinator(cluster, transactionalId);
    tenures.push({ coordinator, producer: await takeTenure(coordinator, { confirm }) });
  }
  return tenures;
}
