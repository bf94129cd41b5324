import type { StorageLocation } from '../model/order.ts';
import { FileStorage } from './file.ts';
import { S3Storage } from './s3.ts';
import type { Storage } from './storage.ts';

/** The storage at a location. Nothing is read or written yet. */
export function openStorage(location: StorageLocation): Storage {
  return location.kind === 'file' ? new FileStorage(location.path) : new S3Storage(location);
}
