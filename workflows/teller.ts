import { patched, setCurrentDetails, upsertSearchAttributes, workflowInfo } from '@temporalio/workflow';
import { asked } from '../src/model/approval.ts';
import type { Step } from '../src/model/decide.ts';
import { detailsOf } from '../src/model/details.ts';
import { canonical } from '../src/model/hash.ts';
import { isEnd } from '../src/model/phase.ts';
import type { Phase } from '../src/model/phase.ts';
import { conditionsOf, standingOf } from '../src/model/status-report.ts';
import type { Standing, StatusReport } from '../src/model/status-report.ts';
import { operator } from './ask.ts';
import type { Knowledge } from './knowledge.ts';
import { restorePhase } from './search-attributes.ts';

/** Says where the Restore stands: in its status, in Temporal's Web UI and in the search attributes, when that changes. */
export class Teller {
  phase: Phase | null = null;
  #told = '';

  async tell(known: Knowledge, step: Step): Promise<void> {
    const reached = standingOf(step);
    if (reached === null) return;
    const standing = { ...reached, why: reached.why && asked(known.state.restore, reached.why) };
    // Executions that began before the end of a deletion was said do not say it.
    if (step.do === 'end' && step.as === 'Deleted' && !patched('deletion-is-said')) return;
    setCurrentDetails(detailsOf(standing, known.state, known.work?.progress ?? null));
    const picture = { ...this.#picture(known, standing), sequence: 0 };
    const telling = canonical({ picture, overwritten: known.last?.observation.overwritten ?? false });
    if (telling === this.#told) return;
    this.#told = telling;
    if (standing.phase !== this.phase) upsertSearchAttributes([{ key: restorePhase, value: standing.phase }]);
    this.phase = standing.phase;
    await this.#publish(known, standing);
  }

  /** A newer status can only stand there if this chain of executions began with an old one: it goes on from there. */
  async #publish(known: Knowledge, standing: Standing): Promise<void> {
    for (;;) {
      known.state = { ...known.state, sequence: known.state.sequence + 1 };
      const published = await operator(`say: ${standing.phase}`).publishStatus(this.#picture(known, standing));
      if (published === 'written') return;
      const { attempt, sequence, guarded } = published.newer;
      known.state = { ...known.state, attempt, sequence };
      // What an execution forgets that is reset, the topics do not.
      if (guarded && !known.state.guarded) known.update({ guarded });
    }
  }

  #picture(known: Knowledge, standing: Standing): StatusReport {
    const { restore, attempt, sequence, job, resumedFrom, errand } = known.state;
    const { workflowId, runId, namespace } = workflowInfo();
    const report = known.last?.observation.report ?? null;
    const findings = known.work?.findings ?? known.found;
    return {
      restore,
      attempt,
      sequence,
      phase: standing.phase,
      generation: known.last?.observation.restore.generation ?? 0,
      job,
      report: report === null ? null : { name: report.name, uid: report.uid },
      workflow: { id: workflowId, runId },
      resumedFrom,
      errand: errand && !isEnd(standing.phase),
      started: findings.claimed || known.state.guarded,
      conditions: conditionsOf(standing, known.state, known.situation, findings, namespace),
    };
  }
}
