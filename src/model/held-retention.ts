import { findCondition } from './conditions.ts';
import type { RestoreStatus } from './resources/restore-status.ts';

/** What stays off where retention is held. */
export const retentionNames = ['retention.ms', 'retention.bytes'] as const;

/**
 * What a pod says of a topic whose retention stays off.
 * @param own milliseconds and bytes per partition; negative is for ever, or unlimited
 */
export function heldSentence(topic: string, own: { readonly ms: number; readonly bytes: number }): string {
  return `Topic ${topic} keeps retention.ms=-1 and retention.bytes=-1: its own retention (${own.ms} ms, ${own.bytes} bytes) would delete restored records.`;
}

/**
 * What a pod says of such a topic when nothing knows any more what it is to get back.
 * @param standing what the restore has set and is still set, by name
 */
export function unknownSentence(topic: string, standing: Readonly<Record<string, string>>): string {
  const values = Object.entries(standing).map(([name, value]) => `${name}=${value}`);
  return `Topic ${topic} keeps ${values.join(', ')}: its claim is gone, and with it what the topic had before; a shorter retention would delete restored records. Set or delete that yourself, with kafka-configs.sh, or bring the claim back; without the claim an approval only looks whether you have.`;
}

/** Topics whose retention stays off, each with its sentence. In the status their names are nowhere else. */
export function heldTopics({ conditions }: RestoreStatus): { topic: string; message: string }[] {
  const held = findCondition(conditions, 'RetentionHeld');
  if (held?.status !== 'True') return [];
  const sentences = held.message.matchAll(/\bTopic ([\w.-]+) keeps [\w.-]+=.*? would delete restored records\./g);
  return [...sentences].map(([message, topic = '']) => ({ topic, message }));
}
