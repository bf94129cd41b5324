import type { Storage } from '../storage/storage.ts';
import { partitionFolder } from './format.ts';
import type { PartitionOfArchive } from './chain.ts';

/**
 * Deletes what sessions that did not sign off have left of a partition: files from `nextOffset` on, which no head names
 * and none ever will, because those sessions have lost their claim.
 */
export async function deleteLeftovers(
  storage: Storage,
  of: PartitionOfArchive,
  present: { readonly session: number; readonly nextOffset: number },
): Promise<void> {
  const folder = `${partitionFolder(of.topic, of.generation, of.partition)}/`;
  for await (const { key } of storage.list(folder)) {
    if (isLeftover(key.slice(folder.length), present)) await storage.delete(key);
  }
}

/** @param name below the partition's folder */
export function isLeftover(name: string, present: { readonly session: number; readonly nextOffset: number }): boolean {
  const [, session, baseOffset] = /^(\d+)\/(\d{20})\./.exec(name) ?? [];
  return Number(session) < present.session && Number(baseOffset) >= present.nextOffset;
}
