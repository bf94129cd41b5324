import type { InternalRequestQueue, PushedRequest } from 'kafkajs/src/network/connection.js';

interface InFlight {
  readonly request: PushedRequest;
  readonly timer: NodeJS.Timeout;
}

/**
 * The requests of one connection that wait for their answer. It takes the place of kafkajs' own queue, which runs a
 * timer every millisecond for ever, warns about negative timeouts on current Node versions, and lets a connection live
 * on after a request got no answer, so that nobody can say what the broker will still do with it.
 */
export class RequestsInFlight implements InternalRequestQueue {
  readonly #inFlight = new Map<number, InFlight>();
  readonly #requestTimeoutMs: number;
  readonly #giveUp: (cause: Error) => void;
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

  fulfillRequest(response: { correlationId: number; payload: Buffer; size: number }): void {
    const found = this.#inFlight.get(response.correlationId);
    if (found === undefined) return;
    this.#inFlight.delete(response.correlationId);
    clearTimeout(found.timer);
    found.request.entry.resolve({ ...response, entry: found.request.entry });
  }

  /** Rejects everything that waits for an answer or to be sent. */
  abandon(error: Error): void {
    const rejected = [...[...this.#inFlight.values()].map(({ request }) => request), ...this.#throttled];
    for (const { timer } of this.#inFlight.values()) clearTimeout(timer);
    clearTimeout(this.#throttleTimer);
    this.#inFlight.clear();
    this.#throttled = [];
    for (const request of rejected) request.entry.reject(error);
  }

  /** kafkajs' word that the connection is broken. */
  rejectAll(error: Error): void {
    this.#giveUp(error);
  }

  /** Each request has its own timer. */
  scheduleRequestTimeoutCheck(): void {}

  /** A connection is closed without waiting: whoever closes it has given its requests up. */
  waitForPendingRequests(): Promise<void> {
    return Promise.resolve();
  }

  /** Nothing is left behind: timers end with their requests. */
  destroy(): void {}

  #send(request: PushedRequest): void {
    const { apiName, apiVersion, correlationId } = request.entry;
    if (request.expectResponse) {
      const timeoutMs = Math.max(this.#requestTimeoutMs, request.requestTimeout ?? 0);
      const onTimeout = (): void => {
        this.#giveUp(new Error(`${apiName} v${apiVersion} was not answered within ${timeoutMs} ms`));
      };
      this.#inFlight.set(correlationId, { request, timer: setTimeout(onTimeout, timeoutMs) });
    }
    request.sendRequest();
    if (!request.expectResponse) {
      request.entry.resolve({ correlationId, payload: Buffer.alloc(0), size: 0, entry: request.entry });
    }
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
