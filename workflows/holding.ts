import { CancellationScope, condition, patched } from '@temporalio/workflow';
import { afterHold, afterHolding, approvalOf, retentionApproval } from '../src/model/approval.ts';
import type { Answer } from '../src/model/approval.ts';
import type { Trouble } from '../src/model/state.ts';
import { operator } from './ask.ts';
import type { Knowledge } from './knowledge.ts';

/** What the Restore holds for, and what a person has agreed to; outlasts the work that came upon it. */
export class Holding {
  readonly #known: Knowledge;

  constructor(known: Knowledge) {
    this.#known = known;
  }

  /** What a person has agreed to, of what the Restore holds for; null while nobody has. */
  get approved(): Answer | null {
    return approvalOf(this.#known.state, this.#known.situation.seen);
  }

  /** That the topics get their own retention, although it deletes what was restored; null while nobody has agreed. */
  get retention(): Answer | null {
    return retentionApproval(this.#known.situation.seen);
  }

  /**
   * Does something with the answer, if the Restore itself says it, too: a picture of it can come from anybody. Where nothing
   * is to be asked, nothing is waited for: executions that began before have not.
   */
  with<T>(answer: Answer | null, act: (confirmed: Answer | null) => Promise<T>): Promise<T> {
    if (answer === null || !patched('confirmed-approvals')) return act(answer);
    const { restore } = this.#known.state;
    const { reason, value } = answer;
    const asked = operator(`is it agreed: ${reason}`).confirmApproval({ restore, value });
    return asked.then((isGiven) => act(isGiven ? answer : null));
  }

  begin(trouble: Trouble): void {
    const { state, situation } = this.#known;
    this.#known.update(afterHold(state, trouble, situation.seen));
  }

  /** Until a person agrees, or until it is time to look at the world again. */
  async answer(withinMs: number): Promise<void> {
    await condition(() => this.approved !== null, withinMs);
  }

  /** The restore has got past it: what answered it is taken away, after it was acted on. */
  async end(): Promise<void> {
    if (this.#known.state.hold === null) return;
    const acted = this.approved;
    await this.remove(acted);
    this.#known.update(afterHolding(this.#known.state, acted));
  }

  async remove(acted: Answer | null): Promise<void> {
    if (acted === null) return;
    const { restore } = this.#known.state;
    const { reason, value } = acted;
    await CancellationScope.nonCancellable(() =>
      operator(`done as agreed: ${reason}`).removeApproval({ restore, value }),
    );
  }
}
