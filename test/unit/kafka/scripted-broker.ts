import { readFileSync } from 'node:fs';
import net from 'node:net';
import tls from 'node:tls';

/** A request as it arrived: the API's key and version, its correlation id, and what follows the client id. */
export interface Received {
  readonly key: number;
  readonly correlationId: number;
  readonly body: Buffer;
}

type Answer = (correlationId: number, body: Buffer) => void;

const API_VERSIONS = 18;

/** A certificate for localhost, for tests only. */
export const certificate = readFileSync(new URL('tls/certificate.pem', import.meta.url), 'utf8');

/**
 * A peer that speaks just enough of the protocol to be steered: it answers ApiVersions and leaves everything else to
 * the script. It stands for a broker where time and faults matter, which a real one does not have at will.
 */
export class ScriptedBroker {
  readonly port: number;
  /** The client's sockets, as the peer sees them. */
  readonly sockets: net.Socket[] = [];
  readonly #server: net.Server;

  private constructor(server: net.Server, port: number) {
    this.#server = server;
    this.port = port;
  }

  /** @param script called for every request but ApiVersions. */
  static async start(
    script: (request: Received, answer: Answer, socket: net.Socket) => void,
    options: { tls?: boolean } = {},
  ): Promise<ScriptedBroker> {
    const key = readFileSync(new URL('tls/key.pem', import.meta.url));
    const server = options.tls === true ? tls.createServer({ key, cert: certificate }) : net.createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('The server has no port.');
    const broker = new ScriptedBroker(server, address.port);
    server.on(options.tls === true ? 'secureConnection' : 'connection', (socket: net.Socket) => {
      broker.sockets.push(socket);
      socket.on('error', () => undefined);
      broker.#serve(socket, script);
    });
    return broker;
  }

  stop(): void {
    for (const socket of this.sockets) socket.destroy();
    this.#server.close();
  }

  #serve(socket: net.Socket, script: (request: Received, answer: Answer, socket: net.Socket) => void): void {
    const answer: Answer = (correlationId, body) => {
      const head = Buffer.alloc(8);
      head.writeInt32BE(4 + body.length, 0);
      head.writeInt32BE(correlationId, 4);
      socket.write(Buffer.concat([head, body]));
    };
    let pending = Buffer.alloc(0);
    socket.on('data', (chunk: Buffer) => {
      pending = Buffer.concat([pending, chunk]);
      while (pending.length >= 4 && pending.length >= 4 + pending.readInt32BE(0)) {
        const end = 4 + pending.readInt32BE(0);
        const clientIdLength = pending.readInt16BE(12);
        const body = pending.subarray(14 + clientIdLength, end);
        const request = { key: pending.readInt16BE(4), correlationId: pending.readInt32BE(8), body };
        pending = pending.subarray(end);
        if (request.key === API_VERSIONS) answer(request.correlationId, allVersions());
        else script(request, answer, socket);
      }
    });
  }
}

/** Serves the APIs 0 to 70 in all versions. */
function allVersions(): Buffer {
  const count = 71;
  const body = Buffer.alloc(6 + 6 * count);
  body.writeInt32BE(count, 2);
  for (let key = 0; key < count; key++) {
    body.writeInt16BE(key, 6 + 6 * key);
    body.writeInt16BE(99, 10 + 6 * key);
  }
  return body;
}
