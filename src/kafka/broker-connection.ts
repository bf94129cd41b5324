import Connection, { type InternalLogger, type SupportedVersions } from 'kafkajs/src/network/connection.js';

import { RekindleError } from '../model/reasons.ts';
import type { Logger } from '../telemetry/log.ts';
import { Code } from './errors.ts';
import { produce, type ProduceRequest, type ProduceResult } from './produce.ts';
import type { ConnectionSettings } from './properties.ts';
import type { Request } from './request.ts';
import { RequestsInFlight } from './requests-in-flight.ts';
import { ResponseFramer } from './response-framer.ts';
import { openSocket, type BrokerSocket } from './socket.ts';
import { ResponseReader } from './wire/reader.ts';
import { RequestWriter } from './wire/writer.ts';

/** Where a broker listens. `nodeId` is -1 for a bootstrap address whose broker is not known yet. */
export interface BrokerAddress {
  readonly host: string;
  readonly port: number;
  readonly nodeId: number;
}

/**
 * One authenticated connection to one broker, the only place that knows kafkajs' internals. Socket, queue, requests
 * and framing of their answers are ours; SASL and re-authentication are kafkajs'.
 */
export class BrokerConnection {
  readonly nodeId: number;
  /** Host and port, for messages. */
  readonly address: string;
  /** Resolves with the cause when the connection is gone, whatever closed it. Never rejects. */
  readonly onceClosed: Promise<Error>;
  readonly #connection: Connection;
  readonly #settings: ConnectionSettings;
  readonly #requests: RequestsInFlight;
  readonly #resolveClosed: (cause: Error) => void;
  #socket: BrokerSocket | undefined;
  /** Which versions of which APIs the broker serves; undefined until it was asked. */
  #versions: SupportedVersions | undefined;
  #closed: RekindleError | undefined;

  private constructor(broker: BrokerAddress, settings: ConnectionSettings, logger: Logger) {
    this.nodeId = broker.nodeId;
    this.address = `${broker.host}:${broker.port}`;
    this.#settings = settings;
    ({ promise: this.onceClosed, resolve: this.#resolveClosed } = Promise.withResolvers<Error>());
    this.#requests = new RequestsInFlight({
      requestTimeoutMs: settings.requestTimeoutMs,
      giveUp: (cause) => this.#close(cause),
    });
    this.#connection = new Connection({
      host: broker.host,
      port: broker.port,
      logger: quietly(logger.child({ broker: this.address })),
      socketFactory: (options) => {
        this.#socket = openSocket({ ...options, onData: (piece) => this.#connection.processData(piece) });
        return this.#socket.stream.once('close', () => this.#close(new Error('the broker closed the connection')));
      },
      requestTimeout: settings.requestTimeoutMs,
      connectionTimeout: settings.connectTimeoutMs,
      clientId: settings.clientId,
      ssl: settings.ssl,
      sasl: settings.sasl,
    });
    this.#connection.requestQueue = this.#requests;
    this.#frameAnswers();
  }

  /** @throws {RekindleError} `KafkaUnreachable`, `NotAuthorized`. */
  static async open(broker: BrokerAddress, settings: ConnectionSettings, logger: Logger): Promise<BrokerConnection> {
    const connection = new BrokerConnection(broker, settings, logger);
    try {
      await connection.#open();
      return connection;
    } catch (error) {
      connection.reset();
      throw connection.#explained(error);
    }
  }

  get closed(): boolean {
    return this.#closed !== undefined;
  }

  /**
   * Sends a request; those of one connection are answered in the order in which they were sent.
   *
   * @throws {RekindleError} `KafkaUnreachable` when the connection is lost or there is no answer in time, which closes
   * it: what became of the request is then unknown.
   */
  async send<T>(request: Request<T>): Promise<T> {
    // Whoever comes while a password is given again waits for the same answer: the broker takes no other request meanwhile.
    if (this.#settings.sasl !== null && !this.#connection.isAuthenticated()) await this.#authenticate();
    return this.#exchange(request);
  }

  /** Appends batches; see {@link produce}. */
  async produce(request: ProduceRequest): Promise<ProduceResult[]> {
    return this.send(produce(request));
  }

  /** Gives the connection up with a reset: bytes that have not left this machine never will. */
  reset(): void {
    this.#close(new Error('the connection was given up'));
  }

  async #open(): Promise<void> {
    await this.#connection.connect();
    const versions = await this.#exchange(apiVersions);
    this.#versions = versions;
    this.#connection.setVersions(versions);
    if (this.#settings.sasl === null) return;
    // Without it the steps of SASL come outside of Kafka's protocol, where nobody puts them together.
    this.#refuseUnserved({ api: 'SaslAuthenticate', key: 36, version: 0 });
    this.#connection.setSupportAuthenticationProtocol(true);
    await this.#authenticate();
  }

  async #authenticate(): Promise<void> {
    try {
      await this.#connection.authenticate();
    } catch (error) {
      throw this.#explained(error);
    }
  }

  #frameAnswers(): void {
    const framer = new ResponseFramer({
      bufferFor: (correlationId) => this.#requests.bufferFor(correlationId),
      onAnswer: (answer) => this.#requests.fulfillRequest(answer),
    });
    this.#connection.processData = (piece) => {
      if (this.#closed !== undefined) return;
      try {
        framer.accept(piece);
      } catch (error) {
        this.#close(error instanceof Error ? error : new Error(String(error)));
      }
    };
  }

  async #exchange<T>(request: Request<T>): Promise<T> {
    if (this.#closed !== undefined) throw this.#closed;
    this.#refuseUnserved(request);
    const correlationId = this.#connection.nextCorrelationId();
    const pieces = frame(request, correlationId, this.#settings.clientId);
    const { promise, resolve, reject } = Promise.withResolvers<{ payload: Buffer }>();
    this.#requests.push({
      entry: {
        ...{ apiKey: request.key, apiName: request.api, apiVersion: request.version, correlationId },
        ...{ into: request.into, resolve, reject },
      },
      expectResponse: true,
      requestTimeout: this.#settings.requestTimeoutMs + (request.brokerTimeMs ?? 0),
      sendRequest: () => this.#write(pieces),
    });
    const { payload } = await promise;
    const reader = new ResponseReader(payload);
    if (request.flexible === true) reader.tags();
    try {
      return request.decode(reader);
    } finally {
      this.#requests.maybeThrottle(reader.throttleMs);
    }
  }

  #refuseUnserved(request: Pick<Request<unknown>, 'api' | 'key' | 'version'>): void {
    if (this.#versions === undefined) return;
    const range = this.#versions[request.key];
    if (range !== undefined && range.minVersion <= request.version && request.version <= range.maxVersion) return;
    const offer = range === undefined ? 'not at all' : `in versions ${range.minVersion} to ${range.maxVersion}`;
    throw new RekindleError(
      'InvalidConfiguration',
      `The broker ${this.address} does not serve version ${request.version} of ${request.api} (${offer}): Kafka 3.0 or newer is needed.`,
    );
  }

  #write(pieces: readonly Buffer[]): void {
    const socket = this.#socket;
    if (socket === undefined) return;
    // TLS makes records of what it is given: one large piece costs less than many, even with the copy.
    if (socket.encrypted) {
      socket.stream.write(Buffer.concat(pieces));
      return;
    }
    socket.stream.cork();
    for (const piece of pieces) socket.stream.write(piece);
    socket.stream.uncork();
  }

  #close(cause: Error): void {
    if (this.#closed !== undefined) return;
    this.#closed = unreachable(this.address, cause);
    this.#socket?.reset();
    this.#requests.abandon(this.#closed);
    this.#resolveClosed(cause);
    // For kafkajs' own state; the socket is gone already.
    void this.#connection.disconnect();
  }

  #explained(error: unknown): RekindleError {
    if (error instanceof RekindleError) return error;
    const cause = error instanceof Error ? error : new Error(String(error));
    // kafkajs calls whatever goes wrong with a password an authentication error, and keeps only the words of its cause.
    if (this.#closed !== undefined && cause.message.includes(this.#closed.message)) return this.#closed;
    const code = 'code' in cause ? cause.code : undefined;
    if (code === Code.UnsupportedSaslMechanism) {
      const mechanism = this.#settings.sasl?.mechanism ?? '';
      const sentence = `The broker ${this.address} does not offer the SASL mechanism ${mechanism}.`;
      return new RekindleError('InvalidConfiguration', sentence, { cause });
    }
    if (code === Code.SaslAuthenticationFailed || cause.name === 'KafkaJSSASLAuthenticationError') {
      const sentence = `The broker ${this.address} refuses the credentials: ${cause.message}.`;
      return new RekindleError('NotAuthorized', sentence, { cause });
    }
    return unreachable(this.address, cause);
  }
}

function unreachable(address: string, cause: Error): RekindleError {
  return new RekindleError('KafkaUnreachable', `The broker ${address} cannot be reached: ${cause.message}.`, { cause });
}

/** ApiVersions, version 0: kafkajs chooses its SASL requests by it. */
const apiVersions: Request<SupportedVersions> = {
  api: 'ApiVersions',
  key: 18,
  version: 0,
  encode: () => undefined,
  decode(reader) {
    reader.int16(); // error code: version 0 is always served
    const ranges = reader.array(
      () => [reader.int16(), { minVersion: reader.int16(), maxVersion: reader.int16() }] as const,
    );
    return Object.fromEntries(ranges);
  },
};

/** A request with its length and header (version 1, or 2 for flexible versions) in front. */
function frame(request: Request<unknown>, correlationId: number, clientId: string): Buffer[] {
  const body = new RequestWriter().int16(request.key).int16(request.version).int32(correlationId).string(clientId);
  if (request.flexible === true) body.noTags();
  request.encode(body);
  const pieces = body.take();
  const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
  return [...new RequestWriter().int32(length).take(), ...pieces];
}

/** kafkajs logs what is an error to it alone; what matters to a person is said by whoever asked. */
function quietly(logger: Logger): InternalLogger {
  const log = (message: string): void => logger.debug(`kafkajs: ${message}`);
  const quiet: InternalLogger = { namespace: () => quiet, error: log, warn: log, info: log, debug: log };
  return quiet;
}
