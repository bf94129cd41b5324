import type { ProduceOutcome } from './produce-outcome.ts';

/** A broker recognizes a producer's last five batches of a partition when they come again. */
export const DEDUPLICATED_BATCHES = 5;

/** What an answer means for the batch that it is about, seen in the order in which the batches were sent. */
export type Settlement =
  /** It stands in the target. */
  | 'written'
  /** It does not stand in the target, and may be sent again once everything after it is answered too. */
  | 'unwritten'
  /** It can never be written as it is; nothing of the partition is sent any more. */
  | 'refused'
  /** Another producer epoch is in charge. */
  | 'fenced'
  /** Only a takeover can tell what became of it. */
  | 'unknown';

/**
 * What of one partition is on its way. The first batch travels alone: on a partition where the broker has no state for
 * the producer, a refused batch does not stop those behind it, and they would be appended without it. Once the broker has
 * taken one, it refuses whatever leaves a gap, so as many may be on their way as the broker recognizes.
 */
export class Pipeline {
  private state: 'first' | 'flowing' | 'draining' | 'stopped' = 'first';
  private sentAndOpen = 0;
  private readonly depth: number;

  /** @param depth batches on their way at once. Default: as many as a broker recognizes */
  constructor(depth = DEDUPLICATED_BATCHES) {
    this.depth = depth;
  }

  /** Batches that were sent and are not answered yet. */
  get inFlight(): number {
    return this.sentAndOpen;
  }

  /** One more batch may be sent. */
  get hasRoom(): boolean {
    if (this.state === 'flowing') return this.sentAndOpen < this.depth;
    return this.state === 'first' && this.sentAndOpen === 0;
  }

  /** The partition was added to a transaction: its leader knows the producer again from the next batch on. */
  begin(): void {
    if (this.sentAndOpen > 0) throw new Error('pipeline: a transaction cannot begin while batches are on their way');
    if (this.state !== 'stopped') this.state = 'first';
  }

  sent(): void {
    if (!this.hasRoom) throw new Error('pipeline: full');
    this.sentAndOpen += 1;
  }

  /** The answer to the oldest batch on its way. */
  answered(outcome: ProduceOutcome): Settlement {
    if (this.sentAndOpen === 0) throw new Error('pipeline: nothing is on its way');
    this.sentAndOpen -= 1;
    const settlement = this.settle(outcome);
    if (this.state === 'draining' && this.sentAndOpen === 0) this.state = 'first';
    return settlement;
  }

  private settle(outcome: ProduceOutcome): Settlement {
    if (outcome === 'fenced') return 'fenced';
    if (this.state === 'draining' || this.state === 'stopped') {
      // A batch before this one was not written: neither can this one be.
      return outcome === 'again' || outcome === 'out-of-order' || outcome === 'refused' ? 'unwritten' : 'unknown';
    }
    switch (outcome) {
      case 'written':
        this.state = 'flowing';
        return 'written';
      case 'again':
        this.state = 'draining';
        return 'unwritten';
      case 'refused':
        this.state = 'stopped';
        return 'refused';
      case 'out-of-order':
      case 'unknown':
        return 'unknown';
    }
  }
}
