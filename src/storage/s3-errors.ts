import { S3ServiceException } from '@aws-sdk/client-s3';
import { RekindleError } from '../model/reasons.ts';
import { NotFound, PreconditionFailed } from './storage.ts';

const statusOf = (error: unknown): number | undefined =>
  error instanceof S3ServiceException ? error.$metadata.httpStatusCode : undefined;

/** 409 is the answer while another conditional write of the same object is going on. */
export const isPreconditionFailed = (error: unknown): boolean => statusOf(error) === 412 || statusOf(error) === 409;

/** A range that begins after the object's end. */
export const isNotSatisfiable = (error: unknown): boolean => statusOf(error) === 416;

/** A signature bears the time; these refuse one that is not theirs, with the status of a wrong key. */
const clockErrors: ReadonlySet<string> = new Set(['RequestTimeTooSkewed', 'RequestExpired', 'RequestInTheFuture']);

/** Runs a request about an object and says its failure in the terms of {@link Storage}. */
export async function onObject<T>(where: string, request: () => Promise<T>): Promise<T> {
  try {
    return await request();
  } catch (error) {
    throw translated(where, error);
  }
}

function translated(where: string, error: unknown): unknown {
  if (!(error instanceof Error) || error.name === 'AbortError') return error;
  const ours = error instanceof NotFound || error instanceof PreconditionFailed || error instanceof RekindleError;
  if (ours || isNotSatisfiable(error)) return error;
  const options = { cause: error };
  const status = statusOf(error);
  if (error.name === 'NoSuchBucket') {
    return new RekindleError('InvalidConfiguration', `${where}: there is no such bucket. Create it first.`, options);
  }
  if (status === 404) return new NotFound(where, options);
  if (clockErrors.has(error.name)) {
    // The client has taken the store's time from this answer, and signs the next request by it.
    return new RekindleError(
      'StorageUnreachable',
      `${where}: the clocks of the store and of this machine are too far apart (${error.name}). Set them right.`,
      options,
    );
  }
  if (status === 401 || status === 403 || error.name === 'CredentialsProviderError') {
    return new RekindleError(
      'NotAuthorized',
      `${where}: access is refused (${error.name}: ${error.message}). Check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY and what they may do.`,
      options,
    );
  }
  if (status === 400 || status === 301) {
    return new RekindleError(
      'InvalidConfiguration',
      `${where}: the server refuses the request (${error.name}: ${error.message}). Check region, endpoint and path style.`,
      options,
    );
  }
  const cause = error.message === '' ? error.name : error.message;
  return new RekindleError('StorageUnreachable', `${where}: the store does not answer (${cause}).`, options);
}
