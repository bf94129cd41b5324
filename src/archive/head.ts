import { RekindleError } from '../model/reasons.ts';
import { NotFound, type Storage } from '../storage/storage.ts';
import { HEAD_KEY, archiveHead, digestOf, type ArchiveHead } from './format.ts';

const NO_DIGEST = '0'.repeat(64);

/** The head as bytes, with its own digest filled in. */
export function sealHead(head: Omit<ArchiveHead, 'digest'>): { readonly head: ArchiveHead; readonly body: Buffer } {
  const { format, sequence, writer, topics } = head;
  const unsealed = { format, sequence, digest: NO_DIGEST, writer, topics };
  const sealed = { ...unsealed, digest: digestOf(JSON.stringify(unsealed)) };
  return { head: sealed, body: Buffer.from(JSON.stringify(sealed)) };
}

/** Reads what {@link sealHead} wrote; null when the bytes are not a head, or not the head that was written. */
function parseHead(body: Buffer): ArchiveHead | null {
  const text = body.toString('utf8');
  const parsed = archiveHead.safeParse(parseJson(text));
  if (!parsed.success) return null;
  const { digest } = parsed.data;
  return digestOf(text.replace(digest, NO_DIGEST)) === digest ? parsed.data : null;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * The head that is in a storage, with its version; null when there is none.
 * @throws RekindleError `IndexDamaged` when it is not as it was written
 */
export async function readHead(storage: Storage): Promise<{ head: ArchiveHead; etag: string } | null> {
  try {
    const { body, etag } = await storage.readVersioned(HEAD_KEY);
    const head = parseHead(body);
    if (head !== null) return { head, etag };
  } catch (error) {
    if (error instanceof NotFound) return null;
    throw error;
  }
  throw new RekindleError(
    'IndexDamaged',
    `${storage.describe(HEAD_KEY)} is not as it was written: its digest does not match. Bring it back from a copy of the archive; nothing else is damaged by this.`,
  );
}
