import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { installRekindle } from '../../deploy/dev/rekindle.ts';
import { recycleVolumes } from '../../deploy/dev/kube/volumes.ts';
import { readStack } from '../../deploy/dev/state.ts';
import { unusedName } from './kafka.ts';
import { rekindle } from './rekindle.ts';
import { apply, servedNamespaces } from './restores.ts';
import { writePackages, writeRecords } from './topics.ts';

/** Of all end-to-end tests; an archive has its prefix. */
export const BUCKET = 'rekindle-e2e';

/** Topics that Java programs wrote, in an archive in S3. Each file has its own, as several run at the same time. */
export interface Dataset {
  bootstrap: string;
  /** Name of the Storage. */
  archive: string;
  /** Everything that a copy can get wrong. */
  records: string;
  /** Debian's package index. */
  packages: string;
  /** Backs the topics up again. */
  backup: () => Promise<void>;
}

/**
 * Installs Rekindle unless that was done (`REKINDLE_INSTALLED`), and makes the data of one test file: topics, archive, and the
 * resources that a Restore needs, the EventHub `kafka` and the credentials `aws` among them.
 * @param options.bootstrap of the cluster that the topics are in, default the stack's
 */
export async function e2eDataset(
  options: { records?: number; packages?: number; bootstrap?: string } = {},
): Promise<Dataset> {
  const { kafka, s3 } = readStack('kafka', 's3', 'kubernetes', 'temporal');
  await recycleVolumes();
  // Several files run at once in `npm test`, which installs before them: nobody restarts the operator under others.
  if (process.env['REKINDLE_INSTALLED'] === undefined) await installRekindle(servedNamespaces);
  const { bootstrap = kafka.bootstrap.host } = options;
  const archive = unusedName('e2e');
  const dataset = { bootstrap, archive, records: `${archive}-records`, packages: `${archive}-packages` };
  const { records = 20_000, packages = 5_000 } = options;
  const credentials = { accessKeyId: s3.accessKeyId, secretAccessKey: s3.secretAccessKey };
  await Promise.all([
    writeRecords({ bootstrap, topic: dataset.records, records, partitions: 4, recordBytes: 300 }),
    writePackages({ bootstrap, topic: dataset.packages, partitions: 2, maxRecords: packages }),
    makeBucket(s3.endpoint.host, s3.region, credentials),
  ]);
  const topics = [dataset.records, dataset.packages].join(',');
  const backup = async (): Promise<void> => {
    await rekindle(
      [
        ...['backup', '--from', bootstrap, '--topics', topics, '--to', `s3://${BUCKET}/${archive}`],
        ...['--s3-endpoint', s3.endpoint.host, '--s3-region', s3.region, '--s3-path-style'],
      ],
      { AWS_ACCESS_KEY_ID: s3.accessKeyId, AWS_SECRET_ACCESS_KEY: s3.secretAccessKey },
    );
  };
  await backup();
  await apply(...resources(archive));
  return { ...dataset, backup };
}

const rekindleDev = { apiVersion: 'rekindle.dev/v1alpha1' };

/** EventHub, Credentials and Secret as the tests' Restores name them, and the Storage of the archive. */
function resources(archive: string): object[] {
  return [secretObject('aws'), credentialsObject('aws'), storageObject(archive), eventHubObject('kafka')];
}

/** The keys of the stack's S3 server. */
export function secretObject(name: string): object {
  const { s3 } = readStack('s3');
  const stringData = { id: s3.accessKeyId, secret: s3.secretAccessKey };
  return { apiVersion: 'v1', kind: 'Secret', metadata: { name }, stringData };
}

/** @param secret name of the Secret, default as the Credentials themselves */
export function credentialsObject(name: string, secret = name): object {
  const from = (key: string): object => ({ secretKeyRef: { name: secret, key } });
  const aws = { accessKeyIdFrom: from('id'), secretAccessKeyFrom: from('secret') };
  return { ...rekindleDev, kind: 'Credentials', metadata: { name }, spec: { aws } };
}

/** @param of.archive prefix of the archive in the tests' bucket, default the name; @param of.endpoint default the stack's own */
export function storageObject(
  name: string,
  { archive = name, endpoint }: { archive?: string; endpoint?: string } = {},
): object {
  const { s3 } = readStack('s3');
  const location = { bucket: BUCKET, prefix: archive, region: s3.region, forcePathStyle: true };
  return {
    ...rekindleDev,
    kind: 'Storage',
    metadata: { name },
    spec: { s3: { ...location, endpoint: endpoint ?? s3.endpoint.pods } },
  };
}

/** @param bootstrap default the stack's own as pods reach it */
/** @param more properties, by librdkafka names */
export function eventHubObject(
  name: string,
  bootstrap = readStack('kafka').kafka.bootstrap.pods,
  more: Readonly<Record<string, string>> = {},
): object {
  const properties = { 'bootstrap.servers': bootstrap, ...more };
  return { ...rekindleDev, kind: 'EventHub', metadata: { name }, spec: { kafka: { properties } } };
}

async function makeBucket(
  endpoint: string,
  region: string,
  credentials: { accessKeyId: string; secretAccessKey: string },
): Promise<void> {
  const client = new S3Client({ endpoint, region, credentials, forcePathStyle: true });
  await client.send(new CreateBucketCommand({ Bucket: BUCKET })).catch((error: unknown) => {
    if (!(error instanceof Error) || !/BucketAlready/.test(error.name)) throw error;
  });
  client.destroy();
}
