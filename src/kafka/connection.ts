import type { Logger } from '../telemetry/log.ts';
import type { ProduceRequest, ProduceResult } from './produce.ts';
import type { Request } from './request.ts';

/** Which broker a request goes to: one by its id, any, or the controller. */
export type Target = number | 'any' | 'controller';

/** A Kafka cluster, seen through one shared connection per broker and extra ones on demand. */
export class KafkaCluster {
  readonly clusterId: string;

  private constructor(clusterId: string) {
    this.clusterId = clusterId;
  }

  /**
   * @param properties librdkafka property names; see `properties.ts` for those that are served.
   * @throws {RekindleError} `KafkaUnreachable`, `NotAuthorized`, `InvalidConfiguration`.
   */
  static connect(_properties: Record<string, string>, _options: { logger: Logger }): Promise<KafkaCluster> {
    return Promise.reject(new Error('not yet'));
  }

  /** Sends over the broker's shared connection, which is opened when needed. */
  request<T>(_target: Target, _request: Request<T>): Promise<T> {
    return Promise.reject(new Error('not yet'));
  }

  /** An extra connection of the caller's own: a broker serves one request at a time per connection. */
  openConnection(_nodeId: number): Promise<BrokerConnection> {
    return Promise.reject(new Error('not yet'));
  }

  /** Gives up all connections. */
  close(): Promise<void> {
    return Promise.reject(new Error('not yet'));
  }
}

/** One authenticated connection to one broker. */
export class BrokerConnection {
  readonly nodeId: number = -1;
  /** Host and port, for messages. */
  readonly address: string = '';
  /** Resolves with the reason when the connection is gone, for whatever cause. Never rejects. */
  readonly onceClosed: Promise<Error> = new Promise<Error>(() => undefined);

  get closed(): boolean {
    return false;
  }

  /**
   * Requests are answered in the order in which they were sent. A request without answer in time closes the connection.
   *
   * @throws {RekindleError} `KafkaUnreachable` when the connection is lost: the outcome is unknown.
   */
  send<T>(_request: Request<T>): Promise<T> {
    return Promise.reject(new Error('not yet'));
  }

  produce(_request: ProduceRequest): Promise<ProduceResult[]> {
    return Promise.reject(new Error('not yet'));
  }

  /** Gives the connection up with a reset: bytes that have not left this machine never will. */
  reset(): void {
    throw new Error('not yet');
  }
}
