// The report of a Restore is started anew where its volume claim is gone, and nowhere else: a name that somebody has taken away
// from the Restore is put back.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubeClient } from '../../../src/kube/client.ts';
import { KubeConflict } from '../../../src/kube/errors.ts';
import type { KubeObject, PersistentVolumeClaim } from '../../../src/kube/objects.ts';
import { apiVersion, reportPvcNameLabel, reportPvcUidAnnotation } from '../../../src/model/resources/names.ts';
import { parseRestore } from '../../../src/model/resources/restore.ts';
import { ensureReportClaim } from '../../../src/operator/report-claim.ts';

const at = { resourceVersion: '7', creationTimestamp: '2026-01-01T00:00:00Z' };
const ours = [{ apiVersion, kind: 'Restore', name: 'r', uid: 'u' }];
const claim = (name: string, uid: string, ownerReferences = ours): PersistentVolumeClaim => ({
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: { namespace: 'n', name, uid, ownerReferences, ...at },
});
const annotated = (name: string, uid: string): Record<string, string> => ({
  [reportPvcNameLabel]: name,
  [reportPvcUidAnnotation]: uid,
});

interface Given {
  readonly annotations?: Record<string, string>;
  readonly label?: string;
  readonly status?: { name: string; uid: string };
  readonly claims?: readonly PersistentVolumeClaim[];
  readonly hasJobs?: boolean;
}

/** @returns what is done about it in the API server: the claim that is made, and what is written to the Restore */
async function done({ annotations = {}, label, status, claims = [], hasJobs = false }: Given): Promise<string[]> {
  const restore = parseRestore({
    ...{ apiVersion, kind: 'Restore', spec: { source: 'archive', sink: 'cluster' } },
    metadata: {
      ...{ namespace: 'n', name: 'r', uid: 'u', annotations, ...at },
      labels: label === undefined ? {} : { [reportPvcNameLabel]: label },
    },
    ...(status === undefined ? {} : { status: { reportPvc: status } }),
  });
  const did: string[] = [];
  const kube = {
    get: (_: unknown, { name }: { name: string }) =>
      Promise.resolve(claims.find((c) => c.metadata.name === name) ?? null),
    create: (_: unknown, { metadata }: KubeObject) => {
      did.push(`made ${metadata.name}`);
      return Promise.resolve(claim(metadata.name, 'new'));
    },
    mergePatch: (_: unknown, __: unknown, { metadata }: { metadata: KubeObject['metadata'] }) => {
      const { labels = {}, annotations: noted = {}, resourceVersion } = metadata;
      if (resourceVersion !== at.resourceVersion) return Promise.reject(new KubeConflict('Conflict', 'changed'));
      assert.equal(labels[reportPvcNameLabel], noted[reportPvcNameLabel]);
      did.push(`named ${noted[reportPvcNameLabel]} ${noted[reportPvcUidAnnotation]}`.trim());
      return Promise.resolve(null);
    },
  } as unknown as KubeClient;
  await ensureReportClaim(kube, restore, { pvcs: [], hasJobs }, { size: '1Gi' });
  return did.map((one) => one.replace(/r-report-[a-z0-9]{5}$/, 'another'));
}

const standing = [claim('r-report-1', 'c1')];
const cases: readonly [string, Given, string[]][] = [
  ['one that is new gets a name', {}, ['named another']],
  ['then its claim is made', { annotations: annotated('r-report-1', '') }, ['made r-report-1', 'named r-report-1 new']],
  [
    'the claim stands, and so does its name',
    { annotations: annotated('r-report-1', 'c1'), label: 'r-report-1', claims: standing },
    [],
  ],
  [
    'the label was taken away',
    { annotations: annotated('r-report-1', 'c1'), claims: standing },
    ['named r-report-1 c1'],
  ],
  [
    'replaced as a whole: what the status names is named again',
    { status: { name: 'r-report-1', uid: 'c1' }, claims: standing },
    ['named r-report-1 c1'],
  ],
  [
    'replaced as a whole, and the claim is gone: from zero',
    { status: { name: 'r-report-1', uid: 'c1' } },
    ['named another'],
  ],
  [
    'replaced as a whole, and the claim is gone, but a Job is there',
    { status: { name: 'r-report-1', uid: 'c1' }, hasJobs: true },
    [],
  ],
  [
    'replaced as a whole, and the claim of that name is of another Restore',
    { status: { name: 'r-report-1', uid: 'c1' }, claims: [claim('r-report-1', 'c2', [])] },
    ['named another'],
  ],
  ['the claim is gone: from zero', { annotations: annotated('r-report-1', 'c1') }, ['named another']],
  [
    'the claim is gone, and the status has not heard of its successor',
    { annotations: annotated('r-report-2', ''), status: { name: 'r-report-1', uid: 'c1' } },
    ['made r-report-2', 'named r-report-2 new'],
  ],
  ['the claim is gone, but a Job is there', { annotations: annotated('r-report-1', 'c1'), hasJobs: true }, []],
  [
    'the claim is gone, and its UID was taken away before',
    { annotations: { [reportPvcNameLabel]: 'r-report-1' }, status: { name: 'r-report-1', uid: 'c1' } },
    ['named another'],
  ],
];
for (const [given, of, expected] of cases) {
  test(`${given}: ${expected.join(', ') || 'nothing'}`, async () => assert.deepEqual(await done(of), expected));
}
