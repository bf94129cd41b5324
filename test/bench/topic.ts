import { kafkaTool } from '../support/java.ts';
import { unusedName } from '../support/kafka.ts';

/** Does something with a new topic that takes batches of a megabyte, and deletes it: a bench must not fill the disk. */
export async function onNewTopic<T>(
  { bootstrap, partitions }: { bootstrap: string; partitions: number },
  work: (topic: string) => Promise<T>,
): Promise<T> {
  const topic = unusedName('bench');
  const topicCommand = (...args: string[]): Promise<string> =>
    kafkaTool('TopicCommand', ['--bootstrap-server', bootstrap, '--topic', topic, ...args]);
  await topicCommand('--create', '--partitions', String(partitions), '--config', 'max.message.bytes=2097152');
  try {
    return await work(topic);
  } finally {
    await topicCommand('--delete');
  }
}
