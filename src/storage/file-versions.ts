import { createHash, randomUUID } from 'node:crypto';
import { link, open, readFile, readdir, rename, stat, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { isMissing, isPresent } from './file-errors.ts';
import { syncFolder } from './file-folders.ts';
import { ABSENT, PreconditionFailed, type VersionedObject } from './storage.ts';

/*
 * A file that is replaced only if it is still in the version that the writer knows. File systems have no such
 * operation, but they make a hard link only if its name is free. So each version has at most one successor:
 *
 *   1. the new version is written to a file of its own,
 *   2. that is linked to `<file>.after-<version that it replaces>`; whoever comes second fails here,
 *   3. it is renamed to `<file>`.
 *
 * A writer that dies between 2 and 3 has written all the same: readers go on from `<file>` to its successor until there
 * is none. That also heals a writer that was held up before 3 and then renames an older version into place.
 */

/** How long successors stay for writers that are held up before step 3. */
const SUCCESSORS_STAY_MS = 10 * 60 * 1000;

const SUCCESSOR = '.after-';
const successorOf = (path: string, etag: string): string => `${path}${SUCCESSOR}${etag}`;

/** The present version of a file; null when there is none. The version is the SHA-256 of its content. */
export async function readVersion(path: string): Promise<VersionedObject | null> {
  const passed = new Set<string>();
  let body = await readIfPresent(path);
  for (;;) {
    const etag = body === null ? ABSENT : createHash('sha256').update(body).digest('hex');
    // Versions never come back by themselves; a file edited by hand can make it look so.
    const successor = passed.has(etag) ? null : await readIfPresent(successorOf(path, etag));
    if (successor === null) return body === null ? null : { body, etag };
    passed.add(etag);
    body = successor;
  }
}

/** Replaces a version of a file and returns the new one. @throws {PreconditionFailed} */
export async function replaceVersion(path: string, body: Buffer, etag: string): Promise<string> {
  const present = await readVersion(path);
  if ((present?.etag ?? ABSENT) !== etag) throw new PreconditionFailed(path);
  const own = `${path}.${randomUUID()}.partial`;
  await writeDurably(own, body);
  try {
    await link(own, successorOf(path, etag));
  } catch (error) {
    await unlink(own);
    throw isPresent(error) ? new PreconditionFailed(path) : error;
  }
  await rename(own, path);
  await syncFolder(dirname(path));
  await forgetOldSuccessors(path);
  return createHash('sha256').update(body).digest('hex');
}

/** Makes a file that is there as a whole or not at all, and never replaced. @throws {PreconditionFailed} when it is there */
export async function createVersion(path: string, body: Buffer): Promise<void> {
  const own = `${path}.${randomUUID()}.partial`;
  await writeDurably(own, body);
  try {
    await link(own, path);
  } catch (error) {
    throw isPresent(error) ? new PreconditionFailed(path) : error;
  } finally {
    await unlink(own);
  }
  await syncFolder(dirname(path));
}

async function writeDurably(path: string, body: Buffer): Promise<void> {
  await using file = await open(path, 'wx');
  await file.writeFile(body);
  await file.sync();
}

async function readIfPresent(path: string): Promise<Buffer | null> {
  return readFile(path).catch((error: unknown) => {
    if (isMissing(error)) return null;
    throw error;
  });
}

async function forgetOldSuccessors(path: string): Promise<void> {
  const folder = dirname(path);
  const prefix = `${basename(path)}${SUCCESSOR}`;
  const names = await readdir(folder);
  for (const name of names.filter((candidate) => candidate.startsWith(prefix))) {
    const successor = join(folder, name);
    const { mtimeMs } = await stat(successor);
    if (Date.now() - mtimeMs > SUCCESSORS_STAY_MS) await unlink(successor);
  }
}
