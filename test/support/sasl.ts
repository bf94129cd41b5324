import { kafkaTool } from './java.ts';

/** A user whom brokers ask for a password on the listener behind the proxies. */
export interface SaslUser {
  readonly user: string;
  readonly password: string;
}

/** Properties of a broker that knows these users. */
export const brokerAsking = (...users: readonly SaslUser[]): Record<string, string> => ({
  'listener.security.protocol.map': 'HOST:PLAINTEXT,PODS:SASL_PLAINTEXT,BROKERS:PLAINTEXT,CONTROLLER:PLAINTEXT',
  'sasl.enabled.mechanisms': 'PLAIN',
  'listener.name.pods.plain.sasl.jaas.config': `org.apache.kafka.common.security.plain.PlainLoginModule required ${users.map(({ user, password }) => `user_${user}="${password}"`).join(' ')};`,
});

/** Properties of a broker that knows these users and keeps to what access control lists say of them. */
export const brokerRestricting = (...users: readonly SaslUser[]): Record<string, string> => ({
  ...brokerAsking(...users),
  'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
  'super.users': 'User:ANONYMOUS',
  'allow.everyone.if.no.acl.found': 'true',
});

/**
 * The user may use no transactional id from now on.
 * @param bootstrap where nobody is asked for a password
 * @param allowed others who may: once anybody is named, nobody else may
 */
export async function denyTransactionalIds(
  bootstrap: string,
  { user }: SaslUser,
  ...allowed: readonly SaslUser[]
): Promise<void> {
  const who = [
    `--deny-principal`,
    `User:${user}`,
    ...allowed.flatMap((of) => ['--allow-principal', `User:${of.user}`]),
  ];
  const add = ['--bootstrap-server', bootstrap, '--add', '--force', ...who];
  await kafkaTool('AclCommand', [...add, '--operation', 'All', '--transactional-id', '*']);
}

/** Properties of a client that gives this password, by librdkafka names. */
export const clientGiving = ({ user, password }: SaslUser): Record<string, string> => ({
  ...{ 'security.protocol': 'SASL_PLAINTEXT', 'sasl.mechanism': 'PLAIN' },
  ...{ 'sasl.username': user, 'sasl.password': password },
});
