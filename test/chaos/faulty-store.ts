import { once } from 'node:events';
import { createServer, request, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What the store does to requests: serves them, answers that it is busy, or breaks off half-way through its answers. */
export type StoreMood = 'serves' | 'answers 503' | 'truncates';

const SLOW_DOWN =
  '<?xml version="1.0"?><Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>';

/** A proxy before an S3 server, for one scenario. */
export class FaultyStore {
  mood: StoreMood = 'serves';
  /** Requests that were let down. */
  failures = 0;
  readonly #server: Server;
  readonly #upstream: URL;

  private constructor(upstream: string) {
    this.#upstream = new URL(upstream);
    this.#server = createServer((asked, answer) => this.#serve(asked, answer));
  }

  /** @param upstream URL of the server itself */
  static async open(upstream: string): Promise<FaultyStore> {
    const store = new FaultyStore(upstream);
    store.#server.listen(0, '127.0.0.1');
    await once(store.#server, 'listening');
    return store;
  }

  get endpoint(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  #serve(asked: IncomingMessage, answer: ServerResponse): void {
    if (this.mood === 'answers 503') {
      this.failures += 1;
      asked.resume();
      answer.writeHead(503, { 'content-type': 'application/xml' }).end(SLOW_DOWN);
      return;
    }
    const { method, url: path, headers } = asked;
    const { hostname, port } = this.#upstream;
    // The signature covers the Host header: it goes on as the client wrote it.
    const forwarded = request({ hostname, port, method, path, headers, agent: false }, (found) => {
      answer.writeHead(found.statusCode ?? 502, found.headers);
      if (this.mood === 'truncates') this.#breakOff(found, answer);
      else found.pipe(answer);
    });
    forwarded.on('error', () => answer.destroy());
    asked.on('error', () => forwarded.destroy());
    asked.pipe(forwarded);
  }

  #breakOff(found: IncomingMessage, answer: ServerResponse): void {
    this.failures += 1;
    found.once('data', (chunk: Buffer) => {
      answer.write(chunk.subarray(0, chunk.length >> 1), () => answer.destroy());
      found.destroy();
    });
    found.once('end', () => answer.destroy());
  }
}
