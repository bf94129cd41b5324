import { execa } from 'execa';
import { Kafka, logLevel } from 'kafkajs';
import { connect } from 'node:net';
import { z } from 'zod';

/** How to find out whether a server serves: plain data, so that any process can ask again after a restart. */
export const probe = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('tcp'), host: z.string(), port: z.number() }),
  z.object({ kind: z.literal('socket'), path: z.string() }),
  z.object({ kind: z.literal('http'), url: z.string() }),
  /** Serves when the command succeeds. */
  z.object({ kind: z.literal('command'), command: z.array(z.string()).min(1) }),
  /** Serves when this many brokers are unfenced; an open port says less. */
  z.object({ kind: z.literal('kafka'), bootstrap: z.string(), brokers: z.number() }),
]);
export type Probe = z.infer<typeof probe>;

/** Milliseconds that one question may take. */
const PATIENCE = 5_000;

/** Whether the server serves now. Never throws. */
export async function serves(asked: Probe): Promise<boolean> {
  try {
    switch (asked.kind) {
      case 'tcp':
        return await connects({ host: asked.host, port: asked.port });
      case 'socket':
        return await connects({ path: asked.path });
      case 'http':
        return (await fetch(asked.url, { signal: AbortSignal.timeout(PATIENCE) })).ok;
      case 'command': {
        const [program = '', ...args] = asked.command;
        return (await execa(program, args, { reject: false, timeout: PATIENCE })).exitCode === 0;
      }
      case 'kafka':
        return (await brokersOf(asked.bootstrap)) >= asked.brokers;
    }
  } catch {
    return false;
  }
}

async function connects(target: { host: string; port: number } | { path: string }): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ ...target, timeout: PATIENCE });
    const answer = (yes: boolean) => {
      socket.destroy();
      resolve(yes);
    };
    socket.once('connect', () => answer(true));
    socket.once('error', () => answer(false));
    socket.once('timeout', () => answer(false));
  });
}

async function brokersOf(bootstrap: string): Promise<number> {
  const admin = new Kafka({
    brokers: bootstrap.split(','),
    logLevel: logLevel.NOTHING,
    connectionTimeout: PATIENCE,
    requestTimeout: PATIENCE,
    retry: { retries: 0 },
  }).admin();
  try {
    await admin.connect();
    return (await admin.describeCluster()).brokers.length;
  } finally {
    await admin.disconnect();
  }
}
