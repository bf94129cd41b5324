// `npm run demo`: from nothing to a restore that is killed half-way, resumed, and started from zero, on real servers.
import { execa } from 'execa';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { stringify } from 'yaml';
import { parseRestore, type Restore } from '../../src/model/resources/restore.ts';
import { compareTopics, writeRecords } from '../../test/support/topics.ts';
import { checkout } from './folders.ts';
import { kubectl } from './kube/kubectl.ts';
import { recycleVolumes } from './kube/volumes.ts';
import { installRekindle } from './rekindle.ts';
import { currentStack, readStack } from './state.ts';

const { values: options } = parseArgs({ options: { keep: { type: 'boolean', default: false } } });
const started = Date.now();
const RECORDS = 200_000;
const namespace = 'rekindle-demo';
const run = Date.now().toString(36);
const name = `orders-${run}`;
const source = `orders-${run}`;
const target = `orders-${run}-restored`;
const bucket = 'rekindle-demo';

/** Slow enough to be killed half-way, fast enough to be watched: the restore lasts about 18 seconds. */
const MAX_BYTES_PER_SECOND = 4_500_000;

const wasUp = Object.values(currentStack().servers).some(({ process: running }) => running !== undefined);
const say = (text: string): void => console.error(`\n▌ ${text}`);

try {
  process.exitCode = await demo();
} finally {
  if (options.keep) {
    console.error(`\nThe stack stays up. export KUBECONFIG=${readStack('kubernetes').kubernetes.kubeconfig}`);
    console.error('npm run stack -- down   stops it.');
  } else if (!wasUp) await stack('down');
}

/** @returns the exit code */
async function demo(): Promise<number> {
  say('Servers: Kafka, Temporal, S3 and Kubernetes (the first time they are built, which takes a while)');
  await stack('up', '--image');
  const { kafka, temporal } = readStack('kafka', 'temporal');
  const bootstrap = kafka.bootstrap.host;

  say('Rekindle is installed in the cluster; meanwhile the topic that is to be restored');
  await Promise.all([installRekindle([namespace]).then(recycleVolumes), archive(bootstrap)]);

  say('A Restore');
  await apply([...resources(), restoreObject()]);
  console.error(`  Temporal Web UI: ${temporal.ui ?? ''}/namespaces/default/workflows`);
  const half = await watch('half of it is there', (r) => share(r) >= 0.5);

  say('Half-way, somebody deletes the Job');
  await shown('delete', 'job', label(half, 'io.kannika/restore-job-name'));
  const goesOn = (phase?: string): boolean => phase === 'Restoring' || phase === 'Done';
  const resumed = await watch('attempt 2 goes on', (r) => r.status.attempt === 2 && goesOn(r.status.phase));
  const resumedFrom = resumed.status.resumedFrom ?? 0;
  console.error(`  attempt 2 goes on from record ${resumedFrom} of ${RECORDS}`);
  await watch('Done', (r) => r.status.phase === 'Done');
  const first = await compareTopics({ bootstrap, pairs: [{ source, target }] });

  say('Now from zero: delete the PVC of the report, then the Job');
  const before = await readRestore();
  await shown('delete', 'pvc', label(before, 'io.kannika/report-pvc-name'), '--wait=false');
  await shown('delete', 'job', label(before, 'io.kannika/restore-job-name'));
  const again = await watch('attempt 3 is Done', (r) => r.status.attempt === 3 && r.status.phase === 'Done');
  const startedFromZero = again.status.resumedFrom === 0;

  say('An independent Java consumer compares source and target, record by record');
  const second = await compareTopics({ bootstrap, pairs: [{ source, target }] });
  const sum = (of: 'missing' | 'duplicates' | 'outOfOrder' | 'different' | 'foreign'): number => first[of] + second[of];
  const flaws = sum('missing') + sum('duplicates') + sum('outOfOrder') + sum('different') + sum('foreign');
  const attempts = again.status.attempt ?? 0;
  const wasHalfWay = resumedFrom > 0 && resumedFrom < RECORDS;
  if (!wasHalfWay) console.error('  Nothing was resumed: the Job was not deleted while records were being restored.');
  const right = flaws === 0 && second.records === RECORDS && wasHalfWay && startedFromZero && attempts === 3;
  console.log(
    JSON.stringify({
      demo: right ? 'ok' : 'failed',
      records: second.records,
      missing: sum('missing') + sum('different'),
      duplicates: sum('duplicates') + sum('foreign'),
      outOfOrder: sum('outOfOrder'),
      attempts,
      resumedFrom,
      seconds: Math.round((Date.now() - started) / 1000),
    }),
  );
  return right ? 0 : 1;
}

async function stack(...command: string[]): Promise<void> {
  await execa(process.execPath, [join(checkout, 'deploy/dev/stack.ts'), ...command], { stdio: ['ignore', 2, 2] });
}

async function archive(bootstrap: string): Promise<void> {
  say(`A Java producer writes ${RECORDS.toLocaleString('en')} records to topic ${source}`);
  await writeRecords({ bootstrap, topic: source, records: RECORDS, partitions: 8, recordBytes: 400 });
  say(`rekindle backup: ${source} into s3://${bucket}/${run}`);
  await backUp(bootstrap);
}

async function backUp(bootstrap: string): Promise<void> {
  const { s3 } = readStack('s3');
  const { region, accessKeyId, secretAccessKey } = s3;
  const endpoint = s3.endpoint.host;
  const client = new S3Client({
    endpoint,
    region,
    credentials: { accessKeyId, secretAccessKey },
    forcePathStyle: true,
  });
  await client.send(new CreateBucketCommand({ Bucket: bucket })).catch((error: unknown) => {
    if (!(error instanceof Error) || !error.name.startsWith('BucketAlready')) throw error;
  });
  client.destroy();
  const args = ['backup', '--from', bootstrap, '--topics', source, '--to', `s3://${bucket}/${run}`];
  await execa(
    process.execPath,
    [
      join(checkout, 'src/cli/rekindle.ts'),
      ...args,
      '--s3-endpoint',
      endpoint,
      '--s3-region',
      region,
      '--s3-path-style',
    ],
    { env: { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey }, stdout: 2 },
  );
}

function resources(): object[] {
  const { kafka, s3 } = readStack('kafka', 's3');
  const ref = (key: string): object => ({ secretKeyRef: { name: 'aws', key } });
  return [
    {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'aws' },
      stringData: { id: s3.accessKeyId, secret: s3.secretAccessKey },
    },
    kind('Credentials', 'aws', { aws: { accessKeyIdFrom: ref('id'), secretAccessKeyFrom: ref('secret') } }),
    kind('Storage', run, {
      s3: { bucket, prefix: run, region: s3.region, endpoint: s3.endpoint.pods, forcePathStyle: true },
    }),
    kind('EventHub', 'kafka', { kafka: { properties: { 'bootstrap.servers': kafka.bootstrap.pods } } }),
  ];
}

function restoreObject(): object {
  return kind('Restore', name, {
    source: run,
    sourceCredentialsFrom: { credentialsRef: { name: 'aws' } },
    sink: 'kafka',
    enabled: true,
    config: { topics: [{ source, target }], maxBytesPerSecond: MAX_BYTES_PER_SECOND },
  });
}

function kind(of: string, called: string, spec: object): object {
  return { apiVersion: 'rekindle.dev/v1alpha1', kind: of, metadata: { name: called }, spec };
}

async function apply(objects: object[]): Promise<void> {
  const yaml = objects.map((object) => stringify(object)).join('---\n');
  console.error(stringify(objects.at(-1)).replaceAll(/^/gm, '    '));
  console.error(
    `  $ kubectl -n ${namespace} apply -f -\n${await kubectl(['-n', namespace, 'apply', '-f', '-'], yaml)}`,
  );
}

/** Runs kubectl and shows the command and what it says. */
async function shown(...args: string[]): Promise<void> {
  console.error(`  $ kubectl -n ${namespace} ${args.join(' ')}\n  ${await kubectl(['-n', namespace, ...args])}`);
}

async function readRestore(): Promise<Restore> {
  return parseRestore(JSON.parse(await kubectl(['-n', namespace, 'get', 'restore.rekindle.dev', name, '-o', 'json'])));
}

/** Shows each change of the status until it is as wanted; gives up after five minutes. */
async function watch(what: string, wanted: (restore: Restore) => boolean): Promise<Restore> {
  const deadline = Date.now() + 300_000;
  for (let shownLast = ''; ;) {
    const restore = await readRestore();
    const { message, attempt, progress } = restore.status;
    const line = `${message ?? ''}  attempt ${attempt ?? 1}  ${progress?.acknowledgedRecords ?? 0}/${progress?.totalRecords ?? 0} records`;
    if (line !== shownLast) console.error(`  ${line}`);
    shownLast = line;
    if (wanted(restore)) return restore;
    if (restore.status.phase === 'Failed' || Date.now() > deadline) {
      throw new Error(`waited for "${what}", but the Restore is: ${JSON.stringify(restore.status, null, 1)}`);
    }
    await sleep(500);
  }
}

function share({ status: { progress } }: Restore): number {
  return progress && progress.totalRecords > 0 ? progress.acknowledgedRecords / progress.totalRecords : 0;
}

function label(restore: Restore, key: string): string {
  return restore.metadata.labels[key] ?? '';
}
