/** How far the Restore has come, by acknowledged records. */
export const positions = { '10 %': 0.1, '50 %': 0.5, '90 %': 0.9 } as const;

/**
 * Moments between two durable steps: where the first attempt kills itself with SIGKILL, and where those after it do. Each
 * is a step of `src/engine/steps.ts`, with the number of the time that the process comes to it.
 */
export const steps = {
  'after an ack, before the checkpoint': ['acknowledged#2'],
  'after a commit, before the checkpoint': ['committed#2'],
  'after the checkpoint': ['checkpointed#2'],
  'between the file of runs and the report': ['report-runs-appended#2'],
  // The report is written some times before the first record, then every second.
  'between temporary file and rename': ['report-temporary-written#6'],
  'between commit and epoch bump': ['acknowledged#2', 'takeover-committed'],
  'after the epoch bump': ['acknowledged#2', 'takeover-bumped'],
  'after the fence': ['acknowledged#2', 'takeover-fenced'],
  // Of six partitions the first three are proved, of two topics one has its configuration back.
  'during the proof': ['proving#4'],
  'while configuration is put back': ['restoring-configuration#2'],
} as const;

/** Moments of the workflow: a person has deleted the Job, and the next execution takes over from the last one. */
export const handovers = ['as the workflow continues as new', 'as the next execution begins'] as const;

export type Position = keyof typeof positions;
export type StepMoment = keyof typeof steps;
export type Handover = (typeof handovers)[number];

export const isPosition = (at: string): at is Position => at in positions;
export const isStep = (at: string): at is StepMoment => at in steps;
