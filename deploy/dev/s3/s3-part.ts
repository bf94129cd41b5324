import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { cached, isCached } from '../cache.ts';
import { logFolder, stateFolder } from '../folders.ts';
import { goProgram } from '../go-program.ts';
import { missingGo } from '../machine.ts';
import type { Part } from '../part.ts';
import { portFor } from '../ports.ts';
import { startServers } from '../servers.ts';
import { StackError } from '../stack-error.ts';
import { currentStack, updateStack } from '../state.ts';

const recipe = goProgram('versitygw', 'github.com/versity/versitygw/cmd/versitygw', '1.8.0');
const buckets = join(stateFolder, 's3');
const REGION = 'us-east-1';

/** An S3 server over a folder: each bucket is a folder in `.dev/s3`. */
export const s3Part: Part = {
  name: 's3',
  title: 'S3 (versitygw 1.8.0)',
  variable: 'S3_ENDPOINT',
  useExisting: (value) =>
    updateStack((stack) => {
      stack.s3 = {
        endpoint: { host: value, pods: value },
        region: process.env['AWS_REGION'] ?? REGION,
        accessKeyId: fromEnvironment('AWS_ACCESS_KEY_ID'),
        secretAccessKey: fromEnvironment('AWS_SECRET_ACCESS_KEY'),
      };
    }),
  ownValue: async () => `http://127.0.0.1:${await portFor('s3')}`,
  missing: async () => (isCached(recipe) ? [] : missingGo()),
  install: async () => {
    await cached(recipe);
  },
  start: async (bridge) => {
    const port = await portFor('s3');
    const host = `127.0.0.1:${port}`;
    const pods = bridge === undefined ? host : `${bridge.address}:${port}`;
    const keys = ownKeys();
    await mkdir(buckets, { recursive: true });
    updateStack((stack) => {
      stack.s3 = { endpoint: { host: `http://${host}`, pods: `http://${pods}` }, region: REGION, ...keys };
    });
    await startServers('s3', [
      {
        name: 's3',
        command: [
          join(await cached(recipe), 'bin', 'versitygw'),
          ...[...new Set([host, pods])].flatMap((address) => ['--port', address]),
          ...['--region', REGION, '--keep-alive', 'posix', buckets],
        ],
        cwd: buckets,
        env: { ROOT_ACCESS_KEY_ID: keys.accessKeyId, ROOT_SECRET_ACCESS_KEY: keys.secretAccessKey },
        log: join(logFolder, 's3.log'),
        ready: { kind: 'tcp', host: '127.0.0.1', port },
        stopSeconds: 5,
      },
    ]);
  },
};

function ownKeys(): { accessKeyId: string; secretAccessKey: string } {
  const { s3 } = currentStack();
  return {
    accessKeyId: s3?.accessKeyId ?? 'rekindle',
    secretAccessKey: s3?.secretAccessKey ?? randomBytes(20).toString('hex'),
  };
}

function fromEnvironment(name: string): string {
  const value = process.env[name];
  if (value === undefined || value === '') throw new StackError(`S3_ENDPOINT is set, so ${name} must be set too.`);
  return value;
}
