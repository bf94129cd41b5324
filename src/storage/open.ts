import type { StorageLocation } from '../model/order.ts';
import { FileStorage } from './file.ts';
import type { Storage } from './storage.ts';

/** The storage at a location. Nothing is read or written yet. */
export async function openStorage(location: StorageLocation): Promise<Storage> {
  if (location.kind === 'file') return new FileStorage(location.path);
  // A client that only some need, and a fourth of all that is loaded at a start.
  const { S3Storage } = await import('./s3.ts');
  return new S3Storage(location);
}
