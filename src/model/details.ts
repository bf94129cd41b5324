import { phaseMessage } from './phase.ts';
import type { PodProgress } from './pod-progress.ts';
import type { RestoreState } from './state.ts';
import type { Standing } from './status-report.ts';

/** What the Restore is doing, in Markdown, for a person in Temporal's Web UI, which shows three lines without scrolling. */
export function detailsOf({ phase, why }: Standing, state: RestoreState, progress: PodProgress | null): string {
  const { restore, attempt, job, resumedFrom, paused, trouble } = state;
  const lines = [`**${phaseMessage[phase]}**: Restore \`${restore.namespace}/${restore.name}\``, ''];
  if (why !== null) lines.push(`- ${why.reason}: ${why.message}`);
  if (progress !== null) {
    const { acknowledgedRecords, totalRecords, partitionsDone, partitionsTotal } = progress;
    lines.push(
      `- ${acknowledgedRecords} of ${totalRecords} records, ${partitionsDone} of ${partitionsTotal} partitions done`,
    );
    if (progress.provedRecords > 0) lines.push(`- ${progress.provedRecords} of ${totalRecords} records proved`);
  }
  lines.push(job === null ? `- next attempt: ${attempt}` : `- attempt ${attempt}, Job \`${job.name}\``);
  if (trouble !== null && trouble.reason !== why?.reason) lines.push(`- the attempt before ended: ${trouble.message}`);
  if (resumedFrom > 0) lines.push(`- went on from ${resumedFrom} records that were in place`);
  if (paused !== null) lines.push('- send the signal `resume` to go on');
  else if (phase === 'Restoring') lines.push('- send the signal `pause` to stop at a checkpoint');
  return lines.join('\n');
}
