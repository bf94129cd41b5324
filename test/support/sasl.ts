/** A user whom brokers ask for a password on the listener behind the proxies. */
export interface SaslUser {
  readonly user: string;
  readonly password: string;
}

/** Properties of a broker that knows this user. */
export const brokerAsking = ({ user, password }: SaslUser): Record<string, string> => ({
  'listener.security.protocol.map': 'HOST:PLAINTEXT,PODS:SASL_PLAINTEXT,BROKERS:PLAINTEXT,CONTROLLER:PLAINTEXT',
  'sasl.enabled.mechanisms': 'PLAIN',
  'listener.name.pods.plain.sasl.jaas.config': `org.apache.kafka.common.security.plain.PlainLoginModule required user_${user}="${password}";`,
});

/** Properties of a client that gives this password, by librdkafka names. */
export const clientGiving = ({ user, password }: SaslUser): Record<string, string> => ({
  ...{ 'security.protocol': 'SASL_PLAINTEXT', 'sasl.mechanism': 'PLAIN' },
  ...{ 'sasl.username': user, 'sasl.password': password },
});
