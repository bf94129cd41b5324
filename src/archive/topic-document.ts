import type { TopicAdmin, TopicDescription } from '../kafka/admin.ts';
import type { Storage } from '../storage/storage.ts';
import { digestOf, generationFolder, topicDocumentName, type Link, type TopicDocument } from './format.ts';

/** A source topic as its restore will need to know it. */
export async function describeTopic(
  admin: TopicAdmin,
  sourceClusterId: string,
  topic: string,
  description: TopicDescription,
): Promise<TopicDocument> {
  const configs = await admin.configs(topic);
  const own = [...configs].flatMap(([name, { value, source }]) =>
    source === 'topic' && value !== null ? [[name, value] as const] : [],
  );
  return {
    format: 'rekindle-topic/1',
    topic,
    sourceClusterId,
    topicId: description.id,
    partitions: description.partitions.length,
    replicationFactor: description.partitions[0]?.replicas.length ?? 1,
    timestampType: configs.get('message.timestamp.type')?.value === 'LogAppendTime' ? 'LogAppendTime' : 'CreateTime',
    configs: Object.fromEntries(own.sort(([a], [b]) => (a < b ? -1 : 1))),
  };
}

/** Writes a topic's document unless the head already has the same one; either way returns its link. */
export async function writeTopicDocument(
  storage: Storage,
  generation: string,
  session: number,
  document: TopicDocument,
  known: Link | null,
): Promise<Link> {
  const body = Buffer.from(`${JSON.stringify(document, null, 2)}\n`);
  const sha256 = digestOf(body);
  if (known?.sha256 === sha256) return known;
  const name = topicDocumentName(session);
  const writer = await storage.writer(`${generationFolder(document.topic, generation)}/${name}`);
  await writer.write(body);
  await writer.commit();
  return { name, sha256 };
}
