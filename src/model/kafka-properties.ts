import { RekindleError } from './reasons.ts';

/** A certificate or key: its text, or the file that it is in, and which property says so. */
export type Pem = { readonly text: string } | { readonly file: string; readonly property: string };

/** What librdkafka's property names say of how to reach a cluster. */
export interface KafkaProperties {
  /** Where to ask for the cluster's brokers. */
  readonly brokers: readonly { readonly host: string; readonly port: number }[];
  readonly clientId: string;
  /** Null without TLS. */
  readonly tls: {
    readonly ca: Pem | null;
    readonly certificate: Pem | null;
    readonly key: Pem | null;
    readonly passphrase: string | null;
    /** Whether a broker's certificate must be valid, and bear its name. */
    readonly verified: { readonly certificate: boolean; readonly name: boolean };
  } | null;
  /** Null without authentication by SASL. */
  readonly sasl: { readonly mechanism: string; readonly username: string; readonly password: string } | null;
  /** Time for the answer to a request, in ms, besides the time that the request itself grants the broker. */
  readonly requestTimeoutMs: number;
  /** Time to connect, TLS included, in ms. */
  readonly connectTimeoutMs: number;
}

const DEFAULT_PORT = 9092;
const DEFAULT_CLIENT_ID = 'rekindle';
/** Defaults of librdkafka for `socket.timeout.ms` and `socket.connection.setup.timeout.ms`. */
const DEFAULT_REQUEST_TIMEOUT_MS = 60_000;
const DEFAULT_CONNECT_TIMEOUT_MS = 30_000;

/** Properties that have effect; the description of the EventHub names them to people. */
export const served: ReadonlySet<string> = new Set([
  'bootstrap.servers',
  'metadata.broker.list',
  'client.id',
  'security.protocol',
  'sasl.mechanism',
  'sasl.mechanisms',
  'sasl.username',
  'sasl.password',
  'ssl.ca.location',
  'ssl.ca.pem',
  'ssl.certificate.location',
  'ssl.certificate.pem',
  'ssl.key.location',
  'ssl.key.pem',
  'ssl.key.password',
  'ssl.endpoint.identification.algorithm',
  'enable.ssl.certificate.verification',
  'socket.timeout.ms',
  'socket.connection.setup.timeout.ms',
]);

/**
 * Properties by which somebody may want less than a restore does, with what they may say: each batch is acknowledged by
 * all in-sync replicas, and known to them when it comes again.
 */
const fixed: ReadonlyMap<string, readonly string[]> = new Map([
  ['acks', ['all', '-1']],
  ['request.required.acks', ['all', '-1']],
  ['enable.idempotence', ['true']],
]);

/**
 * Properties that are accepted and have no meaning here, so that a configuration that other clients share can be pasted:
 * they tune how a client collects records, retries, consumes or logs, and a restore does each of these in its own way
 * (batches as archived). The description of the EventHub says so to people.
 */
export const withoutMeaning: ReadonlySet<string> = new Set([
  'max.in.flight',
  'max.in.flight.requests.per.connection',
  'retries',
  'message.send.max.retries',
  'retry.backoff.ms',
  'retry.backoff.max.ms',
  'request.timeout.ms',
  'message.timeout.ms',
  'delivery.timeout.ms',
  'message.max.bytes',
  'receive.message.max.bytes',
  'batch.size',
  'batch.num.messages',
  'linger.ms',
  'queue.buffering.max.ms',
  'queue.buffering.max.kbytes',
  'queue.buffering.max.messages',
  'compression.codec',
  'compression.type',
  'compression.level',
  'partitioner',
  'group.id',
  'auto.offset.reset',
  'enable.auto.commit',
  'auto.commit.interval.ms',
  'session.timeout.ms',
  'fetch.min.bytes',
  'fetch.max.bytes',
  'fetch.wait.max.ms',
  'max.partition.fetch.bytes',
  'queued.min.messages',
  'queued.max.messages.kbytes',
  'socket.keepalive.enable',
  'socket.nagle.disable',
  'socket.send.buffer.bytes',
  'socket.receive.buffer.bytes',
  'reconnect.backoff.ms',
  'reconnect.backoff.max.ms',
  'connections.max.idle.ms',
  'metadata.max.age.ms',
  'topic.metadata.refresh.interval.ms',
  'allow.auto.create.topics',
  'api.version.request',
  'client.rack',
  'statistics.interval.ms',
  'log_level',
  'log.connection.close',
  'debug',
]);

const securityProtocols = new Map([
  ['plaintext', { tls: false, sasl: false }],
  ['ssl', { tls: true, sasl: false }],
  ['sasl_plaintext', { tls: false, sasl: true }],
  ['sasl_ssl', { tls: true, sasl: true }],
]);

const saslMechanisms = ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'];

type Properties = Readonly<Record<string, string>>;

/** One property cannot be taken, and what is wrong with it, as it goes on behind its name. */
export class PropertyError extends RekindleError {
  readonly property: string;
  readonly problem: string;

  constructor(property: string, problem: string, options?: ErrorOptions) {
    super('InvalidConfiguration', `The Kafka property ${property} ${problem}.`, options);
    this.property = property;
    this.problem = problem;
  }
}

/**
 * Reads librdkafka's property names. Files that they name are not looked at.
 *
 * @throws {PropertyError} for one that is unknown, not served, or wrong, that asks for less than a restore does, or that the
 * security protocol leaves without effect
 */
export function kafkaProperties(properties: Properties): KafkaProperties {
  for (const [name, value] of Object.entries(properties)) {
    const allowed = fixed.get(name);
    if (allowed?.includes(value.toLowerCase()) === false) {
      throw new PropertyError(name, `must be ${allowed.join(' or ')}, or left out, not "${value}"`);
    }
    if (allowed === undefined && !served.has(name) && !withoutMeaning.has(name)) {
      throw new PropertyError(name, 'is not a property that is served here');
    }
  }
  const protocol = properties['security.protocol'] ?? 'plaintext';
  const security = securityProtocols.get(protocol.toLowerCase());
  if (security === undefined)
    throw new PropertyError('security.protocol', `must be one of ${[...securityProtocols.keys()].join(', ')}`);
  for (const name of Object.keys(properties)) {
    const idle = (name.startsWith('sasl.') && !security.sasl) || (/^(enable\.)?ssl\./.test(name) && !security.tls);
    if (idle) throw new PropertyError(name, `has no effect with security.protocol=${protocol}`);
  }
  return {
    brokers: brokersOf(properties),
    clientId: properties['client.id'] ?? DEFAULT_CLIENT_ID,
    tls: security.tls ? tlsOf(properties) : null,
    sasl: security.sasl ? saslOf(properties) : null,
    requestTimeoutMs: milliseconds(properties, 'socket.timeout.ms') ?? DEFAULT_REQUEST_TIMEOUT_MS,
    connectTimeoutMs: milliseconds(properties, 'socket.connection.setup.timeout.ms') ?? DEFAULT_CONNECT_TIMEOUT_MS,
  };
}

function brokersOf(properties: Properties): KafkaProperties['brokers'] {
  const list = properties['bootstrap.servers'] ?? properties['metadata.broker.list'];
  if (list === undefined) throw new PropertyError('bootstrap.servers', 'is missing');
  return list.split(',').map((entry) => {
    const address = entry.trim().replace(/^[A-Z_]+:\/\//i, '');
    const match = /^(?:\[(?<v6>[^\]]+)\]|(?<name>[^:[\]\s]+))(?::(?<port>\d{1,5}))?$/.exec(address);
    const host = match?.groups?.['v6'] ?? match?.groups?.['name'];
    if (host === undefined)
      throw new PropertyError('bootstrap.servers', `has the entry "${entry}", which is not host:port`);
    return { host, port: Number(match?.groups?.['port'] ?? DEFAULT_PORT) };
  });
}

function saslOf(properties: Properties): KafkaProperties['sasl'] {
  const mechanism = (properties['sasl.mechanism'] ?? properties['sasl.mechanisms'] ?? '').toUpperCase();
  if (!saslMechanisms.includes(mechanism))
    throw new PropertyError('sasl.mechanism', `must be one of ${saslMechanisms.join(', ')}`);
  const { 'sasl.username': username, 'sasl.password': password } = properties;
  if (username === undefined) throw new PropertyError('sasl.username', 'is missing');
  if (password === undefined) throw new PropertyError('sasl.password', 'is missing');
  return { mechanism, username, password };
}

function tlsOf(properties: Properties): KafkaProperties['tls'] {
  const identification = properties['ssl.endpoint.identification.algorithm'] ?? 'https';
  if (!['https', 'none'].includes(identification)) {
    throw new PropertyError('ssl.endpoint.identification.algorithm', 'must be https or none');
  }
  return {
    ca: pemOf(properties, 'ssl.ca'),
    certificate: pemOf(properties, 'ssl.certificate'),
    key: pemOf(properties, 'ssl.key'),
    passphrase: properties['ssl.key.password'] ?? null,
    verified: {
      certificate: boolean(properties, 'enable.ssl.certificate.verification') ?? true,
      name: identification === 'https',
    },
  };
}

function pemOf(properties: Properties, name: string): Pem | null {
  const text = properties[`${name}.pem`];
  if (text !== undefined) return { text };
  const property = `${name}.location`;
  const file = properties[property];
  return file === undefined ? null : { file, property };
}

function milliseconds(properties: Properties, name: string): number | undefined {
  const text = properties[name];
  if (text === undefined) return undefined;
  if (!/^[1-9]\d{0,9}$/.test(text)) throw new PropertyError(name, `must be a number of milliseconds, not "${text}"`);
  return Number(text);
}

function boolean(properties: Properties, name: string): boolean | undefined {
  const text = properties[name];
  if (text === undefined) return undefined;
  if (text !== 'true' && text !== 'false') throw new PropertyError(name, `must be true or false, not "${text}"`);
  return text === 'true';
}
