import { readFileSync } from 'node:fs';
import type { ConnectionOptions } from 'node:tls';

import { PropertyError, kafkaProperties, type KafkaProperties, type Pem } from '../model/kafka-properties.ts';

/** How to reach a cluster. */
export interface ConnectionSettings extends Omit<KafkaProperties, 'tls'> {
  /** Null without TLS. */
  readonly ssl: ConnectionOptions | null;
}

/**
 * The settings that librdkafka's property names ask for, with what stands in the files that they name.
 *
 * @throws {RekindleError} `InvalidConfiguration`, naming the property, for one that cannot be taken
 */
export function connectionSettings(properties: Readonly<Record<string, string>>): ConnectionSettings {
  const { tls, ...rest } = kafkaProperties(properties);
  return { ...rest, ssl: tls && tlsOptions(tls) };
}

function tlsOptions(tls: NonNullable<KafkaProperties['tls']>): ConnectionOptions {
  const { ca, certificate, key, passphrase, verified } = tls;
  return {
    ...(ca && { ca: textOf(ca) }),
    ...(certificate && { cert: textOf(certificate) }),
    ...(key && { key: textOf(key) }),
    ...(passphrase !== null && { passphrase }),
    ...(!verified.name && { checkServerIdentity: () => undefined }),
    rejectUnauthorized: verified.certificate,
  };
}

function textOf(pem: Pem): string {
  if ('text' in pem) return pem.text;
  try {
    return readFileSync(pem.file, 'utf8');
  } catch (cause) {
    throw new PropertyError(pem.property, `names a file that cannot be read: ${pem.file}`, { cause });
  }
}
