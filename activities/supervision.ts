import type { Logger } from '../src/telemetry/log.ts';

/** Without anybody who watches, or without an answer from Temporal, for this long, a pod stops sending. Milliseconds. */
const unwatchedMs = 30_000;
/** Time between two questions to Temporal, milliseconds. */
const probeMs = 5_000;

export interface SupervisionOptions {
  /** Asks Temporal something small; rejects when there is no answer. */
  readonly probe: () => Promise<unknown>;
  /** Called every time that the limit is passed, once per silence. */
  readonly onUnwatched: () => void;
  readonly logger: Logger;
}

/**
 * A courtesy: a pod that nobody has heard of for 30 s may have been replaced, so it stops sending until it is asked again.
 * What keeps an old pod from doing harm is the broker, which refuses it.
 */
export class Supervision {
  readonly #options: SupervisionOptions;
  readonly #timer: NodeJS.Timeout;
  #answeredAt = Date.now();
  #seenAt = Date.now();
  #told = false;

  constructor(options: SupervisionOptions) {
    this.#options = options;
    this.#timer = setInterval(() => void this.#look(), probeMs);
  }

  /** Somebody is watching. */
  seen(): void {
    this.#seenAt = Date.now();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  async #look(): Promise<void> {
    try {
      await this.#options.probe();
      this.#answeredAt = Date.now();
    } catch (error) {
      this.#options.logger.warn({ error: String(error) }, 'Temporal does not answer');
    }
    const unwatched = Date.now() - Math.min(this.#seenAt, this.#answeredAt) > unwatchedMs;
    if (unwatched && !this.#told) {
      this.#options.logger.warn('nobody has asked for 30 s: nothing is sent until somebody does');
      this.#options.onUnwatched();
    }
    this.#told = unwatched;
  }
}
