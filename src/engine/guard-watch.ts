import type { TopicAdmin } from '../kafka/admin.ts';
import { agrees, type Approval } from '../model/holds.ts';
import { RekindleError } from '../model/reasons.ts';
import type { Report, TopicReport } from '../model/report.ts';
import type { Logger } from '../telemetry/log.ts';
import { revertedGuards } from './guards.ts';
import type { TargetLink } from './target-link.ts';

/** Milliseconds between two looks at the configuration of guarded topics. */
export const LOOK_AT_GUARDS_EVERY_MS = 60_000;

/**
 * What became of the guards, for the person who must decide; null while all of them are in force. What is in a topic
 * whose guards were off may have been deleted or changed since: the report notes that it is to be read again.
 * @param signal when it is aborted nothing is noted any more
 * @throws RekindleError `KafkaUnreachable`, if nothing was seen before; the signal's reason
 */
export async function whatRevertedGuards(
  admin: TopicAdmin,
  topics: readonly TopicReport[],
  signal?: AbortSignal,
): Promise<string | null> {
  const sentences: string[] = [];
  const unguarded: TopicReport[] = [];
  for (const topic of topics) {
    const { target, guards } = topic;
    if (Object.keys(guards).length === 0) continue;
    const found = await admin.configs(target).catch((error: unknown) => {
      // What was seen of others is said all the same.
      if (unguarded.length > 0) return null;
      throw error;
    });
    if (found === null) break;
    const reverted = revertedGuards(guards, found);
    if (reverted.length === 0) continue;
    sentences.push(sentence(target, reverted));
    unguarded.push(topic);
  }
  if (sentences.length === 0) return null;
  signal?.throwIfAborted();
  // All at once, and only now: what reads a partition meanwhile is stopped right after it.
  for (const { partitions } of unguarded) for (const partition of partitions) partition.doubted = true;
  return `${sentences.join(' ')} Somebody has changed what the restore had set, and Kafka may delete, compact or change restored records. A topic that Strimzi owns gets these values in spec.config of its KafkaTopic, or is left alone with "kubectl annotate kafkatopic <name> strimzi.io/managed=false". It goes on by itself once they are back, and reads again what it had restored.`;
}

function sentence(topic: string, reverted: ReturnType<typeof revertedGuards>): string {
  const values = reverted.map(({ name, found, wanted }) => `${name} is ${found}, not ${wanted}`);
  return `Topic ${topic}: ${values.join(', ')}.`;
}

export interface GuardWatchOptions {
  readonly link: TargetLink;
  readonly report: Report;
  /** Milliseconds between two looks. */
  readonly everyMs: number;
  readonly logger: Logger;
}

/** Keeps an eye on the guards of a run, and sets them again where a person agrees. */
export class GuardWatch {
  private readonly options: GuardWatchOptions;

  constructor(options: GuardWatchOptions) {
    this.options = options;
  }

  /** @throws RekindleError `GuardReverted`, unless a person has agreed that the guards are set again */
  async assertInForce(approved: Approval | null = null, signal?: AbortSignal): Promise<void> {
    const { admin } = await this.options.link.connect();
    const { topics } = this.options.report;
    const reverted = await whatRevertedGuards(admin, topics, signal);
    if (reverted === null) return;
    if (!agrees(approved, 'GuardReverted', reverted)) throw new RekindleError('GuardReverted', reverted);
    for (const { target, guards } of topics) {
      if (Object.keys(guards).length > 0) await admin.alterConfigs(target, { set: guards });
    }
  }

  /**
   * Does something under watch: once the guards are found reverted it is made to stop.
   * @param work stops when its signal is aborted
   * @throws RekindleError `GuardReverted`
   */
  async over<T>(work: (signal: AbortSignal) => Promise<T>, signal: AbortSignal): Promise<T> {
    const found = new AbortController();
    const over = new AbortController();
    const timer = setInterval(() => void this.look(found, over.signal), this.options.everyMs);
    try {
      const outcome = await work(AbortSignal.any([signal, found.signal]));
      if (found.signal.aborted) throw found.signal.reason;
      return outcome;
    } finally {
      clearInterval(timer);
      over.abort();
    }
  }

  /** What cannot be looked at now is looked at the next time. */
  private async look(found: AbortController, over: AbortSignal): Promise<void> {
    try {
      await this.assertInForce(null, over);
    } catch (error) {
      if (over.aborted) return;
      if (error instanceof RekindleError && error.reason === 'GuardReverted') found.abort(error);
      else this.options.logger.warn(error, 'the guards could not be looked at');
    }
  }
}
