import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { installRekindle } from '../../deploy/dev/rekindle.ts';
import { recycleVolumes } from '../../deploy/dev/kube/volumes.ts';
import { readStack } from '../../deploy/dev/state.ts';
import { unusedName } from './kafka.ts';
import { rekindle } from './rekindle.ts';
import { apply, servedNamespaces } from './restores.ts';
import { writePackages, writeRecords } from './topics.ts';

const BUCKET = 'rekindle-e2e';

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
 */
export async function e2eDataset(options: { records?: number; packages?: number } = {}): Promise<Dataset> {
  const { kafka, s3 } = readStack('kafka', 's3', 'kubernetes', 'temporal');
  await recycleVolumes();
  // Several files run at once in `npm test`, which installs before them: nobody restarts the operator under others.
  if (process.env['REKINDLE_INSTALLED'] === undefined) await installRekindle(servedNamespaces);
  const bootstrap = kafka.bootstrap.host;
  const archive = unusedName('e2e');
  const dataset = { bootstrap, archive, records: `${archive}-records`, packages: `${archive}-packages` };
  const { records = 20_000, packages = 5_000 } = options;
  await writeRecords({ bootstrap, topic: dataset.records, records, partitions: 4, recordBytes: 300 });
  await writePackages({ bootstrap, topic: dataset.packages, partitions: 2, maxRecords: packages });

  const credentials = { accessKeyId: s3.accessKeyId, secretAccessKey: s3.secretAccessKey };
  await makeBucket(s3.endpoint.host, s3.region, credentials);
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

/** The Storage of an archive, and EventHub, Credentials and Secret as the tests' Restores name them. */
function resources(archive: string): object[] {
  const { kafka, s3 } = readStack('kafka', 's3');
  const rekindleDev = { apiVersion: 'rekindle.dev/v1alpha1' };
  return [
    {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'aws' },
      stringData: { id: s3.accessKeyId, secret: s3.secretAccessKey },
    },
    {
      ...rekindleDev,
      kind: 'Credentials',
      metadata: { name: 'aws' },
      spec: {
        aws: {
          accessKeyIdFrom: { secretKeyRef: { name: 'aws', key: 'id' } },
          secretAccessKeyFrom: { secretKeyRef: { name: 'aws', key: 'secret' } },
        },
      },
    },
    {
      ...rekindleDev,
      kind: 'Storage',
      metadata: { name: archive },
      spec: {
        s3: { bucket: BUCKET, prefix: archive, region: s3.region, endpoint: s3.endpoint.pods, forcePathStyle: true },
      },
    },
    {
      ...rekindleDev,
      kind: 'EventHub',
      metadata: { name: 'kafka' },
      spec: { kafka: { properties: { 'bootstrap.servers': kafka.bootstrap.pods } } },
    },
  ];
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
