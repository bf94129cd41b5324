/** API group and version of all our kinds; its own, so that it lives beside Kannika Armory in one cluster. */
export const group = 'rekindle.dev';
export const version = 'v1alpha1';
export const apiVersion = `${group}/${version}`;

/** Label and annotation on the Restore: name of its Job. */
export const restoreJobNameLabel = 'io.kannika/restore-job-name';
/** Label and annotation on the Restore: name of the volume claim that holds its report. */
export const reportPvcNameLabel = 'io.kannika/report-pvc-name';
/** Annotation on the Restore: UID of the volume claim that it names, once that was there. */
export const reportPvcUidAnnotation = 'rekindle.dev/report-pvc-uid';
/** Annotation on the Restore by which a person agrees to a hold; its value is the hold's reason. Removed once acted on. */
export const approveAnnotation = 'rekindle.dev/approve';
/** Finalizer on the Restore: gives the topics' configuration back before the Restore is gone. */
export const restoreFinalizer = 'rekindle.dev/restore';

/** Longest name of a Restore: with `-report-` and five characters more it fits the 63 of labels and host names. */
export const maxRestoreNameLength = 48;
/** Length of the random part of a child's name. */
export const randomIdLength = 5;

const alphabet = 'abcdefghijklmnopqrstuvwxyz0123456789';

/**
 * Five characters of [a-z0-9] out of random bytes (at least five; pass `crypto.randomBytes(5)`).
 */
export function randomId(bytes: Uint8Array): string {
  if (bytes.length < randomIdLength) throw new RangeError(`A random id needs ${randomIdLength} bytes.`);
  return Array.from(bytes.subarray(0, randomIdLength), (byte) => alphabet.charAt(byte % alphabet.length)).join('');
}

/** Name of the volume claim of a Restore's report: `<restore>-report-<random id>`. */
export function reportPvcName(restoreName: string, id: string): string {
  return `${restoreName}-report-${id}`;
}

/** Name of a Restore's Job: `<restore>-<random id>`. */
export function jobName(restoreName: string, id: string): string {
  return `${restoreName}-${id}`;
}
