/** Task queue on which the pod of this Job, whichever it is, opens the report. */
export const jobQueue = (jobUid: string): string => `rekindle-job-${jobUid}`;

/** Task queue of this very pod, on which it is asked for everything else. */
export const podQueue = (podUid: string): string => `rekindle-pod-${podUid}`;
