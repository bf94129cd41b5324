import { alwaysGuarded, type Claim, type ClaimedTopic } from './claim.ts';
import { retentionNames } from './held-retention.ts';

/** Events take no more, characters. */
const MAX_NOTE = 1_024;

/**
 * What a person is to run for a topic that nobody has given its own configuration back; null if it was never changed.
 * What the restore has set is taken off, or set to what the topic had.
 */
export function putBackNote({ name, finalConfigs, guards }: ClaimedTopic): string | null {
  if (finalConfigs === null) return null;
  // A pod that has died in between could not say what it has set besides.
  const known = guards.length > 0;
  const command = putBackCommand(name, finalConfigs, known ? guards : alwaysGuarded);
  const besides = known
    ? ''
    : ' Look with --describe whether limits of timestamps or max.message.bytes are set besides.';
  return cut(
    `Let go without having put the configuration of topic ${name} back. Run, with the bootstrap servers of its EventHub: ${command}${besides}`,
  );
}

/**
 * What a person is to look for where a Restore has changed its topics and its claims are gone. Nothing else knows what they had.
 * @param targets as far as they are known
 */
export function lostClaimsNote(targets: readonly string[]): string {
  const command = 'kafka-configs.sh --bootstrap-server <servers> --describe --entity-type topics --entity-name <topic>';
  const which = targets.length === 0 ? '' : ` Its targets: ${targets.join(', ')}`;
  return cut(
    `Let go without having put the configuration of its topics back; its claims are gone, and with them what that was. Look for retention.ms=-1 on each of its targets, with the bootstrap servers of its EventHub: ${command}. What the topic had there before only its owner knows.${which}`,
  );
}

/**
 * What a person is told of a topic whose retention stays off when its Restore is gone. There is a command for each cluster
 * in which the Restore has claimed a topic of that name.
 * @param held the topic, and the sentence that says that its retention stays off
 */
export function retentionNotes(
  { topic, message }: { readonly topic: string; readonly message: string },
  claims: readonly Claim[],
): string[] {
  const commands = claims
    .flatMap(({ topics }) => topics)
    .filter(({ name }) => name === topic)
    .flatMap(({ finalConfigs }) => (finalConfigs ? putBackCommand(topic, finalConfigs, retentionNames) : []));
  if (commands.length === 0) return [cut(message)];
  return commands.map((command) =>
    cut(
      `${message} To give it that back, so that Kafka deletes what is older or more, run with the bootstrap servers of its EventHub: ${command}`,
    ),
  );
}

/** Takes off what was set, or sets it to what the topic had. */
function putBackCommand(topic: string, own: Readonly<Record<string, string>>, set: readonly string[]): string {
  const had = set.filter((key) => Object.hasOwn(own, key)).map((key) => `${key}=[${own[key]}]`);
  const others = set.filter((key) => !Object.hasOwn(own, key));
  const options = [
    ...(had.length === 0 ? [] : [`--add-config '${had.join(',')}'`]),
    ...(others.length === 0 ? [] : [`--delete-config ${others.join(',')}`]),
  ];
  return `kafka-configs.sh --bootstrap-server <servers> --alter --entity-type topics --entity-name ${topic} ${options.join(' ')}`;
}

const cut = (note: string): string => (note.length <= MAX_NOTE ? note : `${note.slice(0, MAX_NOTE - 1)}…`);
