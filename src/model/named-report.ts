import { reportPvcNameLabel, reportPvcUidAnnotation } from './resources/names.ts';
import type { Restore } from './resources/restore.ts';

/**
 * The volume claim that a Restore names for its report, and its UID once it was there; null before it has a name. What a
 * person replaces as a whole (`kubectl replace`) loses its annotations, but not its status.
 */
export function namedReport({
  metadata: { annotations },
  status: { reportPvc },
}: Pick<Restore, 'metadata' | 'status'>): { readonly name: string; readonly uid: string | null } | null {
  const name = annotations[reportPvcNameLabel] ?? reportPvc?.name;
  if (name === undefined) return null;
  const uid = annotations[reportPvcUidAnnotation] ?? (reportPvc?.name === name ? reportPvc.uid : '');
  return { name, uid: uid === '' ? null : uid };
}
