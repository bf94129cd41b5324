/** What can be said to the workflow of a Restore, by the names that people type. */
export const signalNames = {
  /** By the operator. */
  observed: 'observed',
  pause: 'pause',
  resume: 'resume',
} as const;

/** Those that people send. */
export const isOfPeople = (name: string): boolean => name === signalNames.pause || name === signalNames.resume;
