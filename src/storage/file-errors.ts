import { RekindleError } from '../model/reasons.ts';
import { NotFound, PreconditionFailed } from './storage.ts';

const codeOf = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;

export const isMissing = (error: unknown): boolean => codeOf(error) === 'ENOENT';
export const isPresent = (error: unknown): boolean => codeOf(error) === 'EEXIST';

/** Runs an operation on a file and says its failure in the terms of {@link Storage}. */
export async function onFile<T>(where: string, operation: () => Promise<T>): Promise<T> {
  try {
    return await operation();
  } catch (error) {
    throw translated(where, error);
  }
}

function translated(where: string, error: unknown): unknown {
  if (error instanceof NotFound || error instanceof PreconditionFailed) return error;
  const code = codeOf(error);
  if (code === undefined || code === 'ABORT_ERR') return error;
  const options = { cause: error };
  if (code === 'ENOENT' || code === 'ENOTDIR') return new NotFound(where, options);
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') {
    return new RekindleError(
      'NotAuthorized',
      `${where}: the file system refuses access (${code}). Give this user the permission, or mount the volume writable.`,
      options,
    );
  }
  return new RekindleError('StorageUnreachable', `${where}: the file system answers ${code}.`, options);
}
