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
  const denied = ['--deny-principal', `User:${user}`];
  const others = allowed.flatMap((of) => ['--allow-principal', `User:${of.user}`]);
  await changeAcl(bootstrap, 'add', ...denied, ...others, '--operation', 'All', '--transactional-id', '*');
}

/** What an access control list says of one user. @param bootstrap where nobody is asked for a password */
async function changeAcl(bootstrap: string, change: 'add' | 'remove', ...acl: readonly string[]): Promise<void> {
  await kafkaTool('AclCommand', ['--bootstrap-server', bootstrap, `--${change}`, '--force', ...acl]);
}

/** A list that denies one user a look at all consumer groups; brokers do not say so, they leave groups out. */
const withoutGroups = ({ user }: SaslUser): readonly (readonly string[])[] => {
  const denied = ['--deny-principal', `User:${user}`, '--operation', 'Describe'];
  return [
    [...denied, '--group', '*'],
    [...denied, '--cluster'],
  ];
};

/** The user may see no consumer group from now on. @param bootstrap where nobody is asked for a password */
export async function hideGroups(bootstrap: string, user: SaslUser): Promise<void> {
  // Once there is a list for the cluster, what it does not name is not allowed.
  await changeAcl(bootstrap, 'add', '--allow-principal', `User:${user.user}`, '--operation', 'All', '--cluster');
  for (const acl of withoutGroups(user)) await changeAcl(bootstrap, 'add', ...acl);
}

/** The user may see all consumer groups again. @param bootstrap where nobody is asked for a password */
export async function showGroups(bootstrap: string, user: SaslUser): Promise<void> {
  for (const acl of withoutGroups(user)) await changeAcl(bootstrap, 'remove', ...acl);
}

/** Properties of a client that gives this password, by librdkafka names. */
export const clientGiving = ({ user, password }: SaslUser): Record<string, string> => ({
  ...{ 'security.protocol': 'SASL_PLAINTEXT', 'sasl.mechanism': 'PLAIN' },
  ...{ 'sasl.username': user, 'sasl.password': password },
});
