import { join } from 'node:path';

/**
 * For a JVM that lives a minute, or is idle for most of some: the second compiler would take more time than what it
 * compiles saves. The broker of the local stack takes a quarter less of the processor for the integration tests.
 */
export const LITTLE_TO_DO = ['-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'];

/** The Java class path of Kafka's brokers, with their logging. */
export const brokerClasspath = (jars: string): string => `${join(jars, 'libs/*')}:${join(jars, 'server/*')}`;
