import type { RestoreActivities } from '../../activities/contract.ts';

/** What pods do; all else that is pending is for the operator. */
const ofPods: Readonly<Record<keyof RestoreActivities, true>> = {
  openReport: true,
  preflight: true,
  prepareTarget: true,
  restoreChunk: true,
  prove: true,
  closeReport: true,
};

/** PendingActivityState.SCHEDULED of Temporal's API. */
const scheduled = 1;

/** An activity as Temporal describes it, as far as it is read here. */
export interface PendingActivity {
  readonly activityId?: string | null;
  readonly activityType?: { readonly name?: string | null } | null;
  readonly state?: number | null;
  readonly attempt?: number | null;
}

/** The work that a pod has not fetched yet, as a word that tells it from other work; null where there is none. */
export function unfetchedWork(pending: readonly PendingActivity[]): string | null {
  const found = pending.find(
    ({ activityType, state }) => state === scheduled && Object.hasOwn(ofPods, activityType?.name ?? ''),
  );
  return found === undefined ? null : `${found.activityId ?? ''}/${found.attempt ?? 1}`;
}
