/*
 * What we use of kafkajs below its public surface: the connection with its framing, SASL and re-authentication. Version
 * 2.2.4 is pinned, and test/unit/kafka/kafkajs-contract.test.ts notices when the shape changes.
 */
declare module 'kafkajs/src/network/connection.js' {
  import type { Socket } from 'node:net';
  import type { ConnectionOptions } from 'node:tls';

  export interface InternalLogger {
    namespace(name: string): InternalLogger;
    error(message: string, extra?: object): void;
    warn(message: string, extra?: object): void;
    info(message: string, extra?: object): void;
    debug(message: string, extra?: object): void;
  }

  /** What the connection expects of its queue of requests. */
  export interface InternalRequestQueue {
    scheduleRequestTimeoutCheck(): void;
    maybeThrottle(throttleMs: number): void;
    push(request: PushedRequest): void;
    fulfillRequest(response: { correlationId: number; payload: Buffer; size: number }): void;
    rejectAll(error: Error): void;
    waitForPendingRequests(): Promise<void>;
    destroy(): void;
  }

  export interface PushedRequest {
    readonly entry: {
      readonly apiKey: number;
      readonly apiName: string;
      readonly apiVersion: number;
      readonly correlationId: number;
      /** Ours: where the answer shall be put, if it fits. */
      readonly into?: Buffer | undefined;
      resolve(answer: { correlationId: number; payload: Buffer; size: number; entry: unknown }): void;
      reject(error: Error): void;
    };
    readonly expectResponse: boolean;
    readonly requestTimeout: number | null;
    sendRequest(): void;
  }

  export interface SocketFactoryArguments {
    readonly host: string;
    readonly port: number;
    readonly ssl: ConnectionOptions | null;
    onConnect(): void;
  }

  export interface SupportedVersions {
    readonly [apiKey: number]: { readonly minVersion: number; readonly maxVersion: number };
  }

  export default class Connection {
    constructor(options: {
      host: string;
      port: number;
      logger: InternalLogger;
      socketFactory: (options: SocketFactoryArguments) => Socket;
      requestTimeout: number;
      connectionTimeout: number;
      clientId: string;
      ssl: ConnectionOptions | null;
      sasl: { mechanism: string; username: string; password: string } | null;
    });
    requestQueue: InternalRequestQueue;
    processData(piece: Buffer): void;
    connect(): Promise<unknown>;
    disconnect(): Promise<unknown>;
    isAuthenticated(): boolean;
    authenticate(): Promise<void>;
    setVersions(versions: SupportedVersions): void;
    setSupportAuthenticationProtocol(supported: boolean): void;
    nextCorrelationId(): number;
  }
}
