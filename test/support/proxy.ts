import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { unusedPort } from '../../deploy/dev/ports.ts';
import { ProduceAnswers, type AcknowledgedBatch } from './produce-answers.ts';
import { ProduceCounter, type Produced } from './produce-counter.ts';
import { ProxyConnection, type Direction } from './proxy-connection.ts';

export type { Direction };

/** What passes in one direction, over all connections. */
interface Lane {
  bytes: number;
  delayMs: number;
  /** While set, nothing passes; resolves when it may again. */
  stalled: PromiseWithResolvers<void> | undefined;
  /** Bytes that may still pass before everything is cut. */
  cut: { left: number; done: PromiseWithResolvers<void> } | undefined;
}

/**
 * A TCP proxy in front of a Kafka broker that counts what passes and breaks on demand. Clients use the addresses that a
 * broker advertises, so the broker needs a listener of its own for the proxy, whose advertised port is the proxy's
 * (see `proxied-kafka.ts`).
 */
export class Proxy {
  /** Port on 127.0.0.1. Stays the same while connections are refused. */
  readonly port: number;
  readonly #brokerPort: number;
  readonly #onAcknowledged: (batch: AcknowledgedBatch) => void;
  readonly #lanes: Record<Direction, Lane> = { toBroker: openLane(), toClient: openLane() };
  readonly #produced: Produced = { requests: 0, batches: 0, records: 0, bytes: 0 };
  readonly #connections = new Set<ProxyConnection>();
  #server: Server | undefined;
  #uncounted: Error | undefined;
  #holdNext: PromiseWithResolvers<() => void> | undefined;

  private constructor(
    server: Server,
    port: number,
    brokerPort: number,
    onAcknowledged: (batch: AcknowledgedBatch) => void,
  ) {
    this.#server = server;
    this.port = port;
    this.#brokerPort = brokerPort;
    this.#onAcknowledged = onAcknowledged;
    server.on('connection', (client: Socket) => void this.#serve(client));
  }

  /**
   * @param brokerPort on 127.0.0.1; nothing needs to listen there yet
   * @param onAcknowledged told of every batch that the broker acknowledges, when its answer arrives at the proxy
   */
  static async open(
    brokerPort: number,
    onAcknowledged: (batch: AcknowledgedBatch) => void = () => undefined,
  ): Promise<Proxy> {
    const { server, port } = await listen(await unusedPort());
    return new Proxy(server, port, brokerPort, onAcknowledged);
  }

  /** Bytes that have passed in this direction since the proxy was opened. */
  bytes(direction: Direction): number {
    return this.#lanes[direction].bytes;
  }

  /**
   * What clients have sent to the broker in Produce requests since the proxy was opened.
   * @throws Error if a client spoke a version of Produce that the proxy cannot count
   */
  get produced(): Readonly<Produced> {
    if (this.#uncounted !== undefined) throw this.#uncounted;
    return { ...this.#produced };
  }

  /** Holds each piece (at most 64 KiB) back for so long; 0 ends it. Slows down big transfers a lot. */
  delay(direction: Direction, milliseconds: number): void {
    this.#lanes[direction].delayMs = milliseconds;
  }

  /** Nothing passes in this direction any more, not even the end of a connection: as if the network was lost. */
  stall(direction: Direction): void {
    this.#lanes[direction].stalled ??= Promise.withResolvers();
  }

  /** Ends a stall; what was held back goes on. */
  flow(direction: Direction): void {
    this.#lanes[direction].stalled?.resolve();
    this.#lanes[direction].stalled = undefined;
  }

  /**
   * What clients send on the connections that are open now stays on its way; new connections are served. A client that
   * dies meanwhile has sent it all the same.
   * @returns lets it arrive
   */
  holdBack(): () => void {
    const held = [...this.#connections];
    for (const connection of held) connection.hold();
    return () => {
      for (const connection of held) connection.release();
    };
  }

  /**
   * As `holdBack`, for one connection, as soon as a whole Produce request more has passed on it. What of the next one has
   * passed with it is no request yet, if requests are larger than pieces.
   * @returns once it is held: lets the rest arrive
   */
  async holdBackAfterProduce(): Promise<() => void> {
    this.#holdNext = Promise.withResolvers();
    return this.#holdNext.promise;
  }

  /** Resets all connections. New ones are taken. */
  cut(): void {
    for (const connection of this.#connections) connection.reset();
  }

  /**
   * Cuts everything once exactly so many more bytes have passed in this direction, in the middle of a message if it
   * comes so. Resolves after the cut, or when the proxy is healed before it.
   */
  async cutAfter(direction: Direction, bytes: number): Promise<void> {
    const done: PromiseWithResolvers<void> = Promise.withResolvers();
    this.#lanes[direction].cut = { left: bytes, done };
    return done.promise;
  }

  /** Refuses new connections, as if no broker was running. Those that are open stay. */
  refuse(): void {
    this.#server?.close();
    this.#server = undefined;
  }

  /** Takes new connections again. */
  async accept(): Promise<void> {
    if (this.#server !== undefined) return;
    const { server } = await listen(this.port);
    server.on('connection', (client: Socket) => void this.#serve(client));
    this.#server = server;
  }

  /** Ends everything that was done to the network; what is held back goes on. */
  async heal(): Promise<void> {
    for (const direction of ['toBroker', 'toClient'] as const) {
      this.delay(direction, 0);
      this.flow(direction);
      this.#lanes[direction].cut?.done.resolve();
      this.#lanes[direction].cut = undefined;
    }
    for (const connection of this.#connections) connection.release();
    await this.accept();
  }

  /** Resets all connections and takes no new ones. */
  close(): void {
    this.refuse();
    this.cut();
    this.flow('toBroker');
    this.flow('toClient');
  }

  async #serve(client: Socket): Promise<void> {
    const connection = new ProxyConnection(client, this.#brokerPort);
    this.#connections.add(connection);
    const answers = new ProduceAnswers(this.#onAcknowledged);
    const requests = new ProduceCounter(this.#produced, (request) => {
      answers.expect(request);
      this.#passed(connection);
    });
    await Promise.all([
      this.#pump(connection, 'toBroker', { onPassed: (chunk) => this.#count(requests, chunk) }),
      this.#pump(connection, 'toClient', { onRead: (chunk) => answers.feed(chunk) }),
    ]);
    this.#connections.delete(connection);
  }

  async #pump(
    connection: ProxyConnection,
    direction: Direction,
    { onRead, onPassed }: { onRead?: (chunk: Buffer) => void; onPassed?: (chunk: Buffer) => void },
  ): Promise<void> {
    const lane = this.#lanes[direction];
    const [from, to] = connection.ends(direction);
    try {
      for await (const chunk of from as AsyncIterable<Buffer>) {
        onRead?.(chunk);
        // A timer of 0 ms lasts one: that alone would hold every transfer to 64 MB/s.
        if (lane.delayMs > 0) await sleep(lane.delayMs);
        while (lane.stalled !== undefined) await lane.stalled.promise;
        await connection.passage(direction);
        const { cut } = lane;
        const passing = cut === undefined ? chunk : chunk.subarray(0, cut.left);
        if (cut !== undefined) cut.left -= passing.length;
        await write(to, passing);
        lane.bytes += passing.length;
        onPassed?.(passing);
        if (cut?.left === 0) {
          lane.cut = undefined;
          connection.endAfterWrites(direction);
          this.cut();
          cut.done.resolve();
        }
      }
      while (lane.stalled !== undefined) await lane.stalled.promise;
      await connection.passage(direction);
      to.end();
    } catch {
      // One side is gone: its error event has reset both, unless it was held then.
      connection.reset();
    }
  }

  #passed(connection: ProxyConnection): void {
    if (this.#holdNext === undefined) return;
    connection.hold();
    this.#holdNext.resolve(() => connection.release());
    this.#holdNext = undefined;
  }

  #count(counter: ProduceCounter, chunk: Buffer): void {
    try {
      counter.feed(chunk);
    } catch (error) {
      this.#uncounted ??= error instanceof Error ? error : new Error(String(error));
    }
  }
}

function openLane(): Lane {
  return { bytes: 0, delayMs: 0, stalled: undefined, cut: undefined };
}

async function listen(port: number): Promise<{ server: Server; port: number }> {
  const server = createServer({ allowHalfOpen: true, noDelay: true });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return { server, port: (server.address() as AddressInfo).port };
}

/** Resolves when the bytes have left this process. */
async function write(to: Socket, bytes: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    to.write(bytes, (error) => (error == null ? resolve() : reject(error)));
  });
}
