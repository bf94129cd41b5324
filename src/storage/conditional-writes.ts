import { randomUUID } from 'node:crypto';
import { RekindleError } from '../model/reasons.ts';
import { ABSENT, PreconditionFailed, type Storage } from './storage.ts';

const PROBES = 'probe/';

/**
 * Makes sure that a storage refuses to write over a version that the writer does not know. Without that, two backups at
 * once could destroy each other's head, and some S3-compatible servers ignore the condition instead of refusing it.
 *
 * @throws RekindleError `InvalidConfiguration` when it does not
 */
export async function probeConditionalWrites(storage: Storage): Promise<void> {
  const key = `${PROBES}${randomUUID()}`;
  try {
    const created = await storage.putIfMatch(key, Buffer.from('1'), ABSENT);
    if (!(await refuses(() => storage.putIfMatch(key, Buffer.from('2'), ABSENT))))
      throw ignored(storage, 'If-None-Match');
    await storage.putIfMatch(key, Buffer.from('2'), created);
    if (!(await refuses(() => storage.putIfMatch(key, Buffer.from('3'), created)))) throw ignored(storage, 'If-Match');
  } finally {
    for await (const { key: left } of storage.list(PROBES)) if (left.startsWith(key)) await storage.delete(left);
  }
}

async function refuses(write: () => Promise<unknown>): Promise<boolean> {
  try {
    await write();
    return false;
  } catch (error) {
    if (error instanceof PreconditionFailed) return true;
    throw error;
  }
}

function ignored(storage: Storage, condition: string): RekindleError {
  return new RekindleError(
    'InvalidConfiguration',
    `${storage.describe()} does not honour conditional writes (${condition}), so two backups at once could damage the archive. Use a store that does: S3, or a recent version of this server.`,
  );
}
