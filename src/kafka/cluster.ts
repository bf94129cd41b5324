import { RekindleError } from '../model/reasons.ts';
import type { Logger } from '../telemetry/log.ts';
import { BrokerConnection, type BrokerAddress } from './broker-connection.ts';
import { metadata, type ClusterMetadata } from './metadata.ts';
import { connectionSettings, type ConnectionSettings } from './properties.ts';
import type { Request } from './request.ts';

export { BrokerConnection };

/** Which broker a request goes to: one by its id, any, or the one that takes administrative requests. */
type BrokerChoice = number | 'any' | 'controller';

/** A Kafka cluster, seen through one shared connection per broker and extra ones on demand. */
export class KafkaCluster {
  readonly #settings: ConnectionSettings;
  readonly logger: Logger;
  /** Shared connections by address, so that a bootstrap connection serves its broker too. */
  readonly #shared = new Map<string, Promise<BrokerConnection>>();
  readonly #extra = new Set<BrokerConnection>();
  #brokers = new Map<number, BrokerAddress>();
  #controller = -1;
  #clusterId = '';
  #closed = false;

  private constructor(settings: ConnectionSettings, logger: Logger) {
    this.#settings = settings;
    this.logger = logger;
  }

  /**
   * @param properties librdkafka property names; see `kafka-properties.ts` of the model for those that are served.
   * @throws {RekindleError} `KafkaUnreachable` naming the brokers and the cause, `NotAuthorized`, `InvalidConfiguration`.
   */
  static async connect(
    properties: Readonly<Record<string, string>>,
    options: { readonly logger: Logger },
  ): Promise<KafkaCluster> {
    const cluster = new KafkaCluster(connectionSettings(properties), options.logger);
    try {
      await cluster.metadata([]);
      return cluster;
    } catch (error) {
      await cluster.close();
      throw error;
    }
  }

  get clusterId(): string {
    return this.#clusterId;
  }

  /** The cluster's brokers and these topics, from a broker, never from a cache. */
  async metadata(topics: readonly string[]): Promise<ClusterMetadata> {
    const answer = await this.request('any', metadata(topics));
    this.#clusterId = answer.clusterId;
    this.#controller = answer.controller;
    this.#brokers = new Map(answer.brokers.map((broker) => [broker.nodeId, broker]));
    return answer;
  }

  /**
   * Sends over the broker's shared connection, which is opened when needed. Not for requests that wait at the broker.
   *
   * @throws {RekindleError} `KafkaUnreachable`: nothing was sent, or the outcome is unknown. `NotAuthorized`.
   */
  async request<T>(broker: BrokerChoice, request: Request<T>): Promise<T> {
    const connection = await (broker === 'any' ? this.#connectToAny() : this.#connectTo(broker));
    return connection.send(request);
  }

  /**
   * An extra connection for the caller's own use: a broker serves one request at a time per connection.
   *
   * @throws {RekindleError} `KafkaUnreachable`, `NotAuthorized`.
   */
  async openConnection(nodeId: number): Promise<BrokerConnection> {
    const connection = await this.#withAddress(nodeId, (broker) => this.#open(broker));
    this.#extra.add(connection);
    void connection.onceClosed.then(() => this.#extra.delete(connection));
    return connection;
  }

  /** Gives up all connections, extra ones too, with a reset. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const connection of this.#extra) connection.reset();
    for (const opening of await Promise.allSettled(this.#shared.values())) {
      if (opening.status === 'fulfilled') opening.value.reset();
    }
  }

  async #connectTo(broker: number | 'controller'): Promise<BrokerConnection> {
    const nodeId = broker === 'controller' ? this.#controller : broker;
    return this.#withAddress(nodeId, (broker) => this.#connectShared(broker));
  }

  /** Tries a broker's address as known; if that does not work and it has another one by now, that one. */
  async #withAddress<T>(nodeId: number, open: (broker: BrokerAddress) => Promise<T>): Promise<T> {
    const known = this.#brokers.get(nodeId);
    let failure: unknown = new RekindleError('KafkaUnreachable', `The cluster has no broker ${nodeId} at present.`);
    if (known !== undefined) {
      try {
        return await open(known);
      } catch (error) {
        failure = error;
      }
    }
    await this.metadata([]);
    const current = this.#brokers.get(nodeId);
    if (current === undefined || (current.host === known?.host && current.port === known.port)) throw failure;
    return open(current);
  }

  /** Any broker that answers, an open connection first, then the known brokers, then the bootstrap addresses. */
  async #connectToAny(): Promise<BrokerConnection> {
    const bootstrap = this.#settings.brokers.map((broker) => ({ ...broker, nodeId: -1 }));
    const candidates = [...this.#brokers.values(), ...bootstrap];
    const open = candidates.filter((broker) => this.#shared.has(key(broker)));
    const failures = new Map<string, unknown>();
    for (const broker of [...open, ...candidates]) {
      if (failures.has(key(broker))) continue;
      try {
        return await this.#connectShared(broker);
      } catch (error) {
        // Wrong credentials or settings are wrong for every broker.
        if (error instanceof RekindleError && error.consequence !== 'waiting') throw error;
        failures.set(key(broker), error);
      }
    }
    const causes = [...failures.values()].map((error) => (error instanceof Error ? error.message : String(error)));
    throw new RekindleError('KafkaUnreachable', `No broker of the cluster can be reached. ${causes.join(' ')}`, {
      cause: new AggregateError(failures.values()),
    });
  }

  #connectShared(broker: BrokerAddress): Promise<BrokerConnection> {
    const address = key(broker);
    const existing = this.#shared.get(address);
    if (existing !== undefined) return existing;
    const forget = (): void => void this.#shared.delete(address);
    const opening = this.#open(broker);
    this.#shared.set(address, opening);
    opening.then((connection) => connection.onceClosed.then(forget), forget);
    return opening;
  }

  async #open(broker: BrokerAddress): Promise<BrokerConnection> {
    if (this.#closed) throw new RekindleError('KafkaUnreachable', 'The connection to the cluster was closed.');
    const connection = await BrokerConnection.open(broker, this.#settings, this.logger);
    if (!this.#isClosed()) return connection;
    connection.reset();
    throw new RekindleError('KafkaUnreachable', 'The connection to the cluster was closed.');
  }

  #isClosed(): boolean {
    return this.#closed;
  }
}

function key(broker: BrokerAddress): string {
  return `${broker.host}:${broker.port}`;
}
