import { access, open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { RekindleError } from '../model/reasons.ts';

/** Writes a file from its beginning and has it on disk when it returns. */
export async function writeSynced(path: string, text: string): Promise<void> {
  await using file = await open(path, 'w');
  await file.writeFile(text);
  await file.sync();
}

/** Has the names in a folder on disk. */
export async function syncFolder(folder: string): Promise<void> {
  await using handle = await open(folder);
  await handle.sync();
}

/** A file gets the name that readers know, in the same folder, for good. */
export async function putInPlace(temporary: string, path: string): Promise<void> {
  await rename(temporary, path);
  await syncFolder(dirname(path));
}

export const isCode = (error: unknown, code: string): boolean =>
  error instanceof Error && 'code' in error && error.code === code;

export async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch (error) {
    if (isCode(error, 'ENOENT')) return false;
    throw error;
  }
}

/**
 * A disk that is full, read-only or away is a reason to wait, not to fail. That a file is there or is not means something.
 * @throws RekindleError `ReportUnwritable`
 */
export async function writable<T>(folder: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    if (!isOfTheFileSystem(error) || isCode(error, 'ENOENT') || isCode(error, 'EEXIST')) throw error;
    throw new RekindleError(
      'ReportUnwritable',
      `The report folder ${folder} cannot be used: ${error.message}. Make room, give the pod access or bring the volume back; the restore goes on by itself.`,
      { cause: error },
    );
  }
}

const isOfTheFileSystem = (error: unknown): error is NodeJS.ErrnoException =>
  error instanceof Error && 'code' in error && 'syscall' in error;
