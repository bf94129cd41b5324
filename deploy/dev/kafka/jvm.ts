import { join } from 'node:path';

/** For a JVM that lives a minute at most: its compiler would take more time than what it compiles saves. */
export const SHORT_LIVED = ['-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'];

/** The Java class path of Kafka's brokers, with their logging. */
export const brokerClasspath = (jars: string): string => `${join(jars, 'libs/*')}:${join(jars, 'server/*')}`;
