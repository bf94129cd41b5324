import { alwaysGuarded, type ClaimedTopic } from './claim.ts';

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
  const set: readonly string[] = known ? guards : alwaysGuarded;
  const own = set.filter((key) => Object.hasOwn(finalConfigs, key)).map((key) => `${key}=[${finalConfigs[key]}]`);
  const others = set.filter((key) => !Object.hasOwn(finalConfigs, key));
  const options = [
    ...(own.length === 0 ? [] : [`--add-config '${own.join(',')}'`]),
    ...(others.length === 0 ? [] : [`--delete-config ${others.join(',')}`]),
  ];
  const besides = known
    ? ''
    : ' Look with --describe whether limits of timestamps or max.message.bytes are set besides.';
  const command = `kafka-configs.sh --bootstrap-server <servers> --alter --entity-type topics --entity-name ${name} ${options.join(' ')}`;
  const note = `Let go without having put the configuration of topic ${name} back. Run, with the bootstrap servers of its EventHub: ${command}${besides}`;
  return note.length <= MAX_NOTE ? note : `${note.slice(0, MAX_NOTE - 1)}…`;
}
