import type { Observation } from './observation.ts';
import type { Reason } from './reasons.ts';
import type { RestoreState } from './state.ts';

/** What another attempt finds in the same report again: for good, or unless a person has mended it. */
const standsInReport: Readonly<Partial<Record<Reason, 'for good' | 'unless mended'>>> = {
  LedgerHole: 'for good',
  LedgerRepeat: 'for good',
  ReportOfAnotherRestore: 'for good',
  ReportDamaged: 'unless mended',
  TargetDamaged: 'unless mended',
};

/** How a person lets a Restore go on that has failed for this reason: its Job is kept, and deleting it says "try again". */
export function wayOut(
  reason: string,
  { restore: { namespace }, job }: Pick<RestoreState, 'restore' | 'job'>,
  report: Observation['report'],
): string {
  const again = `kubectl -n ${namespace} delete job ${job?.name ?? ''}`;
  const mended = `Once that is mended, delete the Job: ${again}`;
  const stands = standsInReport[reason as Reason];
  if (stands === undefined || report === null) return mended;
  // The Job last: the next one is made at once, and is to have another volume.
  const fromZero = `kubectl -n ${namespace} delete pvc --wait=false ${report.name}`;
  return stands === 'for good'
    ? `For that, delete the volume claim of the report, then the Job: ${fromZero} && ${again}`
    : `${mended} (to start from zero instead, before that: ${fromZero})`;
}
