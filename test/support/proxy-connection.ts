import { connect, type Socket } from 'node:net';

export type Direction = 'toBroker' | 'toClient';

/** A client's connection and the one to the broker that belongs to it. */
export class ProxyConnection {
  readonly #client: Socket;
  readonly #broker: Socket;
  #ending = false;
  #held: PromiseWithResolvers<void> | undefined;

  constructor(client: Socket, brokerPort: number) {
    this.#client = client;
    this.#broker = connect({ port: brokerPort, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
    // What a dead client had sent before is still on its way while it is held.
    client.on('error', () => (this.#held === undefined ? this.reset() : undefined));
    this.#broker.on('error', () => this.reset());
  }

  ends(direction: Direction): [from: Socket, to: Socket] {
    return direction === 'toBroker' ? [this.#client, this.#broker] : [this.#broker, this.#client];
  }

  /** What the client sends stays on its way, also when the client is no more. */
  hold(): void {
    this.#held ??= Promise.withResolvers();
  }

  /** What was held back reaches the broker, whoever may be its writer by now. */
  release(): void {
    this.#held?.resolve();
    this.#held = undefined;
  }

  /** Resolves when what goes in this direction is not held. */
  async passage(direction: Direction): Promise<void> {
    if (direction === 'toBroker') await this.#held?.promise;
  }

  reset(): void {
    if (this.#ending) return;
    this.#client.resetAndDestroy();
    this.#broker.resetAndDestroy();
  }

  /** Resets the sending side, and lets the receiving one have every byte before its end: a reset could discard some. */
  endAfterWrites(direction: Direction): void {
    this.#ending = true;
    const [from, to] = this.ends(direction);
    to.destroySoon();
    from.resetAndDestroy();
  }
}
