import { setTimeout as sleep } from 'node:timers/promises';
import type { TopicDescription } from '../kafka/admin.ts';
import { agrees, type Approval } from '../model/holds.ts';
import { RekindleError } from '../model/reasons.ts';
import type { Report } from '../model/report.ts';
import type { Target } from './target-link.ts';

/** Topics of the report that are not in the target any more, or are other topics of the same name. */
export interface Replacement {
  readonly topics: readonly string[];
  /** What happened, for the person who must decide; the same for as long as it is so. */
  readonly message: string;
}

/**
 * On a resume: the cluster and the topics must be those that the report speaks of.
 * @param found the target's topics as they are, by name
 * @returns null when they are
 */
export function replacementIn(
  report: Report,
  clusterId: string,
  found: ReadonlyMap<string, TopicDescription>,
): Replacement | null {
  if (report.topics.length === 0) return null;
  if (report.clusterId !== clusterId) {
    const message = `The restore began in Kafka cluster ${report.clusterId ?? ''}, the bootstrap servers now belong to ${clusterId}. Point them back: it goes on by itself then.`;
    return { topics: report.topics.map(({ target }) => target), message };
  }
  const replaced = report.topics.filter(({ target, id }) => found.get(target)?.id !== id);
  if (replaced.length === 0) return null;
  const sentences = replaced.map(({ target, id }) => {
    const what = found.has(target) ? 'was deleted and created again' : 'was deleted';
    return `Topic ${target} ${what} since the restore began (its id was ${id}), and what was restored into it is gone.`;
  });
  return { topics: replaced.map(({ target }) => target), message: sentences.join(' ') };
}

/** A broker that was away learns of topics within moments. Milliseconds, and between two looks. */
const LEARNS_WITHIN_MS = 5_000;
const LOOK_EVERY_MS = 500;

/**
 * The topics of the report as they are, which must be those that it speaks of.
 * @param approved what a person has agreed to
 * @throws RekindleError `TargetReplaced`, and `TargetUnclaimed` once that is agreed to
 */
export async function sameTopics(
  { cluster, admin }: Target,
  report: Report,
  approved: Approval | null = null,
): Promise<Map<string, TopicDescription>> {
  const names = report.topics.map(({ target }) => target);
  const deadline = performance.now() + LEARNS_WITHIN_MS;
  let found = await admin.describe(names);
  while (found.size < names.length && performance.now() < deadline) {
    await sleep(LOOK_EVERY_MS);
    found = await admin.describe(names);
  }
  const replacement = replacementIn(report, cluster.clusterId, found);
  if (replacement === null) return found;
  const { message } = replacement;
  if (!agrees(approved, 'TargetReplaced', message)) throw new RekindleError('TargetReplaced', message);
  // What came into their place was not looked at, nor claimed.
  throw new RekindleError('TargetUnclaimed', `${message} The next attempt begins anew, as was agreed to.`);
}

/** Takes topics out of the report: the restore knows nothing of them and begins them as new ones. */
export function forgetTopics(report: Report, clusterId: string, topics: readonly string[]): void {
  const forgotten = new Set(topics);
  report.topics = report.topics.filter(({ target }) => !forgotten.has(target));
  // A producer id of another cluster is somebody else's in this one.
  if (report.clusterId !== clusterId) report.producer = null;
  const { producer } = report;
  if (producer) {
    producer.base = Object.fromEntries(Object.entries(producer.base).filter(([target]) => !forgotten.has(target)));
  }
}
