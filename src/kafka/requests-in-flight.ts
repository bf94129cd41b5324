import type { InternalRequestQueue, PushedRequest } from 'kafkajs/src/network/connection.js';

/**
 * The requests of one connection that wait for their answer. It takes the place of kafkajs' own queue, which runs a
 * timer every millisecond for ever, warns about negative timeouts on current Node versions, and lets a connection live
 * on after a request got no answer, so that nobody can say what the broker will still do with it.
 */
export class RequestsInFlight implements InternalRequestQueue {
  /** By correlation id, oldest first: the order in which the broker answers. */
  readonly #inFlight = new Map<number, PushedRequest>();
  readonly #requestTimeoutMs: number;
  readonly #giveUp: (cause: Error) => void;
  #answerTimer: NodeJS.Timeout | undefined;
  #throttled: PushedRequest[] = [];
  #throttledUntil = 0;
  #throttleTimer: NodeJS.Timeout | undefined;

  /**
   * @param options.requestTimeoutMs time for an answer when the request does not ask for more.
   * @param options.giveUp called when a request has no answer in time or kafkajs finds the connection broken; must close
   * the connection and {@link abandon} its requests.
   */
  constructor(options: { requestTimeoutMs: number; giveUp: (cause: Error) => void }) {
    this.#requestTimeoutMs = options.requestTimeoutMs;
    this.#giveUp = options.giveUp;
  }

  push(request: PushedRequest): void {
    if (this.#throttled.length > 0 || this.#throttledUntil > performance.now()) {
      this.#throttled.push(request);
      this.#throttleTimer ??= setTimeout(() => this.#sendThrottled(), this.#throttledUntil - performance.now());
    } else {
      this.#send(request);
    }
  }

  /** Nothing is sent for this time: the broker would not read it (KIP-219). */
  maybeThrottle(throttleMs: number): void {
    if (throttleMs > 0) this.#throttledUntil = Math.max(this.#throttledUntil, performance.now() + throttleMs);
  }

  /** Where the answer to this request shall be put, if anywhere. */
  bufferFor(correlationId: number): Buffer | undefined {
    return this.#inFlight.get(correlationId)?.entry.into;
  }

  fulfillRequest(response: { correlationId: number; payload: Buffer; size: number }): void {
    const request = this.#inFlight.get(response.correlationId);
    if (request === undefined) return;
    this.#inFlight.delete(response.correlationId);
    this.#awaitOldest();
    request.entry.resolve({ ...response, entry: request.entry });
  }

  /** Rejects everything that waits for an answer or to be sent. */
  abandon(error: Error): void {
    const abandoned = [...this.#inFlight.values(), ...this.#throttled];
    this.#inFlight.clear();
    this.#throttled = [];
    clearTimeout(this.#answerTimer);
    clearTimeout(this.#throttleTimer);
    for (const request of abandoned) request.entry.reject(error);
  }

  /** kafkajs' word that the connection is broken. */
  rejectAll(error: Error): void {
    this.#giveUp(error);
  }

  /** The time runs from the first request on. */
  scheduleRequestTimeoutCheck(): void {}

  /** A connection is closed without waiting: whoever closes it has given its requests up. */
  waitForPendingRequests(): Promise<void> {
    return Promise.resolve();
  }

  /** Nothing is left behind: timers end with their requests. */
  destroy(): void {}

  #send(request: PushedRequest): void {
    this.#inFlight.set(request.entry.correlationId, request);
    if (this.#inFlight.size === 1) this.#awaitOldest();
    request.sendRequest();
  }

  /** A broker takes one request of a connection after the other: the time of the next one begins with its turn. */
  #awaitOldest(): void {
    clearTimeout(this.#answerTimer);
    const [oldest] = this.#inFlight.values();
    if (oldest === undefined) return;
    const { apiName, apiVersion } = oldest.entry;
    const timeoutMs = Math.max(this.#requestTimeoutMs, oldest.requestTimeout ?? 0);
    this.#answerTimer = setTimeout(() => {
      this.#giveUp(new Error(`${apiName} v${apiVersion} was not answered within ${timeoutMs} ms`));
    }, timeoutMs);
  }

  #sendThrottled(): void {
    this.#throttleTimer = undefined;
    const waitMs = this.#throttledUntil - performance.now();
    if (waitMs > 0) {
      this.#throttleTimer = setTimeout(() => this.#sendThrottled(), waitMs);
      return;
    }
    const requests = this.#throttled;
    this.#throttled = [];
    for (const request of requests) this.#send(request);
  }
}
