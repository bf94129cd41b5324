import type { ConfigEntry, TopicAdmin } from '../kafka/admin.ts';
import type { Claim } from '../model/claim.ts';
import { agrees, type Approval } from '../model/holds.ts';
import { RekindleError } from '../model/reasons.ts';
import { doubt, hasGuards, type Report, type TopicReport } from '../model/report.ts';
import type { Logger } from '../telemetry/log.ts';
import { revertedGuards, unkept } from './guards.ts';
import { sameTopics } from './replacement.ts';
import type { TargetLink } from './target-link.ts';
import { segmentsOf, type TargetTopic } from './target.ts';

/** Milliseconds between two looks at the configuration of topics. */
export const LOOK_AT_GUARDS_EVERY_MS = 60_000;

/** Restored records are not kept as they are any more, by the configuration of one topic or more. */
export interface Reversion {
  /** For the person who must decide. */
  readonly message: string;
  /** It takes more than setting the guards again: among the topics are some that the restore leaves alone. */
  readonly leftAlone: boolean;
}

/** Topics that keep their own configuration while they are restored. @param claimed null: nothing was claimed yet */
export const topicsLeftAlone = (topics: readonly TargetTopic[], claimed: Claim | null): readonly TargetTopic[] =>
  topics.filter(({ name }) => claimed?.topics.find((topic) => topic.name === name)?.finalConfigs === null);

/**
 * What became of the guards, and of the configuration that was found fit in topics without any; null while all of it is
 * in force. What is in a topic where it was not may have been deleted or changed since: the report notes that it is to be
 * read again.
 * @param leftAlone topics that keep their own configuration; of others only the guards are looked at
 * @param signal when it is aborted nothing is noted any more
 * @throws RekindleError `KafkaUnreachable`, if nothing was seen before; the signal's reason
 */
export async function whatRevertedGuards(
  admin: Pick<TopicAdmin, 'configs'>,
  { topics, attempts }: Pick<Report, 'topics' | 'attempts'>,
  leftAlone: readonly TargetTopic[],
  signal?: AbortSignal,
): Promise<Reversion | null> {
  // Records grow older while they are restored: what was young enough then is nobody's change.
  const begun = attempts[0] === undefined ? Date.now() : Date.parse(attempts[0].startedAt);
  const off: { topic: TopicReport; sentence: string }[] = [];
  for (const topic of topics) {
    const alone = leftAlone.find(({ name }) => name === topic.target);
    if (!hasGuards(topic) && alone === undefined) continue;
    const found = await admin.configs(topic.target).catch((error: unknown) => {
      // What was seen of others is said all the same.
      if (off.length > 0) return null;
      throw error;
    });
    if (found === null) break;
    const sentence = hasGuards(topic) ? reverted(topic, found) : alone && unfit(alone, found, begun);
    if (sentence) off.push({ topic, sentence });
  }
  if (off.length === 0) return null;
  signal?.throwIfAborted();
  // All at once, and only now: what reads a partition meanwhile is stopped right after it.
  for (const { topic } of off) doubt(topic);
  const guarded = off.some(({ topic }) => hasGuards(topic));
  const others = off.some(({ topic }) => !hasGuards(topic));
  const advice = [...(guarded ? [SET_AGAIN] : []), ...(others ? [CHANGE_YOURSELF] : [])];
  const message = `${off.map(({ sentence }) => sentence).join(' ')} ${advice.join(' ')} It goes on by itself once they are back, and reads again what it had restored.`;
  return { message, leftAlone: others };
}

const SET_AGAIN =
  'Somebody has changed what the restore had set, and Kafka may delete, compact or change restored records. A topic that Strimzi owns gets these values in spec.config of its KafkaTopic, or is left alone with "kubectl annotate kafkatopic <name> strimzi.io/managed=false".';
const CHANGE_YOURSELF =
  'The restore sets nothing on a topic that exists already and that it is not to guard, not even if you agree: give it other values yourself for the time of the restore, in Strimzi in spec.config of its KafkaTopic.';

function reverted({ target, guards }: TopicReport, found: ReadonlyMap<string, ConfigEntry>): string | null {
  const values = revertedGuards(guards, found).map(({ name, found, wanted }) => `${name} is ${found}, not ${wanted}`);
  return values.length === 0 ? null : `Topic ${target}: ${values.join(', ')}.`;
}

function unfit({ name, plans }: TargetTopic, found: ReadonlyMap<string, ConfigEntry>, now: number): string | null {
  const complaints = unkept(found, segmentsOf(plans), now);
  return complaints.length === 0
    ? null
    : `Topic ${name} does not keep the restored records as they are any more: ${complaints.join(', ')}.`;
}

export interface GuardWatchOptions {
  readonly link: TargetLink;
  readonly report: Report;
  /** Topics that keep their own configuration, once that is known. */
  readonly leftAlone: () => readonly TargetTopic[];
  /** Milliseconds between two looks. */
  readonly everyMs: number;
  readonly logger: Logger;
}

/** Keeps an eye on the configuration of a run's topics, and sets guards again where a person agrees. */
export class GuardWatch {
  private readonly options: GuardWatchOptions;

  constructor(options: GuardWatchOptions) {
    this.options = options;
  }

  /**
   * @throws RekindleError `GuardReverted`, unless a person has agreed that the guards are set again, and that is all that
   *   it takes; `TargetReplaced`
   */
  async assertInForce(approved: Approval | null = null, signal?: AbortSignal): Promise<void> {
    const { link, report, leftAlone } = this.options;
    const target = await link.connect();
    const { admin } = target;
    // What is set on another topic of that name is nobody's business here.
    await sameTopics(target, report);
    const reversion = await whatRevertedGuards(admin, report, leftAlone(), signal);
    if (reversion === null) return;
    const { message } = reversion;
    if (!agrees(approved, 'GuardReverted', message)) throw new RekindleError('GuardReverted', message);
    for (const { target, guards } of report.topics.filter(hasGuards)) await admin.alterConfigs(target, { set: guards });
    if (reversion.leftAlone) throw new RekindleError('GuardReverted', message);
  }

  /**
   * Does something under watch: once the guards are found reverted it is made to stop.
   * @param work stops when its signal is aborted
   * @throws RekindleError `GuardReverted`, `TargetReplaced`
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
      if (error instanceof RekindleError && error.consequence === 'held') found.abort(error);
      else this.options.logger.warn(error, 'the guards could not be looked at');
    }
  }
}
