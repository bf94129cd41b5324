// A pod that runs and does not fetch its work is named, with where it looks for Temporal and what to do.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { jobUidLabel } from '../../../src/model/children.ts';
import type { JobObject, PodObject } from '../../../src/model/children.ts';
import { podAtWork, withSilentPod } from '../../../src/model/silent-pod.ts';
import { job, picture } from './pictures.ts';

const creationTimestamp = '2026-01-01T00:00:00Z';
const going = { deletionTimestamp: creationTimestamp };
const jobOf = (uid: string, metadata: object = {}, condition?: string): JobObject => ({
  metadata: { name: `r-${uid}`, uid, creationTimestamp, ...metadata },
  status: { conditions: condition === undefined ? [] : [{ type: condition, status: 'True' }] },
});
const podOf = (uid: string, jobUid: string, metadata: object = {}, state: object = { running: {} }): PodObject => ({
  metadata: { name: `r-${uid}`, uid, creationTimestamp, labels: { [jobUidLabel]: jobUid }, ...metadata },
  spec: {
    containers: [
      { name: 'proxy', env: [{ name: 'TEMPORAL_ADDRESS', value: 'proxy:1' }] },
      {
        name: 'restore',
        env: [
          { name: 'TEMPORAL_ADDRESS', value: 'temporal:7233' },
          { name: 'TEMPORAL_NAMESPACE', value: 'prod' },
        ],
      },
    ],
  },
  status: { phase: 'Running', containerStatuses: [{ name: 'restore', state }] },
});

const cases: readonly [string, JobObject[], PodObject[], string | null][] = [
  ['a container that runs', [jobOf('1')], [podOf('a', '1')], 'a'],
  ['no Job', [], [podOf('a', '1')], null],
  ['a Job that is being deleted', [jobOf('1', going)], [podOf('a', '1')], null],
  ['a Job that is over', [jobOf('1', {}, 'Failed')], [podOf('a', '1')], null],
  ['another Job, after one that is over', [jobOf('1', {}, 'Failed'), jobOf('2')], [podOf('b', '2')], 'b'],
  ['the pod of another Job', [jobOf('1')], [podOf('b', '2')], null],
  ['a pod that leaves', [jobOf('1')], [podOf('a', '1', going)], null],
  ['a pod after one that leaves', [jobOf('1')], [podOf('a', '1', going), podOf('b', '1')], 'b'],
  ['a container that is being made', [jobOf('1')], [podOf('a', '1', {}, { waiting: {} })], null],
  ['a container that has ended', [jobOf('1')], [podOf('a', '1', {}, { terminated: { exitCode: 1 } })], null],
];
for (const [what, jobs, pods, uid] of cases) {
  test(`who should be at work: ${what}`, () => assert.equal(podAtWork({ jobs, pods })?.pod.metadata.uid ?? null, uid));
}

const silent = { job: jobOf('1'), pod: podOf('a', '1') };

test('it is named with its own place of Temporal, and what to do', () => {
  const seen = withSilentPod(picture({ jobs: [job({ uid: '1' }), job({ uid: '2' })] }), silent, 'ns');
  assert.deepEqual(
    seen.jobs.map(({ hindered }) => hindered?.reason),
    ['PodSilent', undefined],
  );
  const { message } = seen.jobs[0]?.hindered ?? { message: '' };
  assert.match(message, /^Pod r-a runs, but has not fetched its work for 30 s .* temporal:7233, namespace prod\./);
  assert.match(message, /kubectl -n ns logs r-a -c restore\..*kubectl -n ns delete job r-1$/);
});

const condition = (type: string, status: string, reason?: string): object => ({ type, status, reason });
const ready = condition('ContainersReady', 'True');
const nodes: readonly [string, object[], RegExp][] = [
  ['is there', [ready, condition('Ready', 'True')], /^Pod r-a runs, .*TEMPORAL_ADDRESS/],
  [
    'is away',
    [ready, condition('Ready', 'False')],
    /^Pod r-a has not .* node, n1, does not answer, .* delete job r-1$/,
  ],
  [
    'is there, and another container is not ready',
    [condition('ContainersReady', 'False'), condition('Ready', 'False', 'ContainersNotReady')],
    /^Pod r-a runs,/,
  ],
  ['is there, and a gate is shut', [ready, condition('Ready', 'False', 'ReadinessGatesNotReady')], /^Pod r-a runs,/],
];
for (const [what, conditions, expected] of nodes) {
  test(`its node ${what}`, () => {
    const { spec, status, ...rest } = silent.pod;
    const pod = { ...rest, spec: { ...spec, nodeName: 'n1' }, status: { ...status, conditions } } as PodObject;
    const seen = withSilentPod(picture({ jobs: [job({ uid: '1' })] }), { ...silent, pod }, 'ns');
    assert.match(seen.jobs[0]?.hindered?.message ?? '', expected);
    assert.doesNotMatch(seen.jobs[0]?.hindered?.message ?? '', what === 'is away' ? /logs|TEMPORAL/ : /node/);
  });
}

test('what is known to be in its way says more', () => {
  const hindered = { reason: 'JobSuspended', message: 'm' };
  const seen = withSilentPod(picture({ jobs: [job({ uid: '1', hindered })] }), silent, 'ns');
  assert.deepEqual(seen.jobs[0]?.hindered, hindered);
});
