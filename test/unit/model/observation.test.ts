// The picture of a Restore is the same for the same world, knows children by their owner, and says what a pod suffers from.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { attemptLabel, jobUidLabel, reportUidLabel } from '../../../src/model/children.ts';
import type { ContainerState, JobObject, PodObject, PvcObject } from '../../../src/model/children.ts';
import { canonical, hashOf } from '../../../src/model/hash.ts';
import { wasGivenBefore } from '../../../src/model/answers.ts';
import { observation, observe, sealed } from '../../../src/model/observation.ts';
import type { Observation } from '../../../src/model/observation.ts';
import { podFacts } from '../../../src/model/pod-facts.ts';
import { reportPvcNameLabel } from '../../../src/model/resources/names.ts';
import { parseRestore } from '../../../src/model/resources/restore.ts';
import { slowStart, slowStarter } from '../../../src/model/slow-start.ts';

const owner = { apiVersion: 'rekindle.dev/v1alpha1', kind: 'Restore', uid: 'restore-1' };
/** When everything was made, epoch milliseconds. */
const madeAt = Date.UTC(2026, 0, 1);
const made = { creationTimestamp: new Date(madeAt).toISOString() };
const owned = { ...made, ownerReferences: [owner] };
const restore = parseRestore({
  apiVersion: 'rekindle.dev/v1alpha1',
  kind: 'Restore',
  metadata: {
    name: 'r',
    namespace: 'ns',
    uid: 'restore-1',
    resourceVersion: '1',
    creationTimestamp: '2026-01-01T00:00:00Z',
    annotations: { [reportPvcNameLabel]: 'r-report-abcde' },
  },
  spec: { source: 's', sink: 'k', enabled: true, config: { topics: [{ source: 'a', target: 'b' }] } },
});

const jobOf = (uid: string, condition?: string): JobObject => ({
  metadata: { name: `r-${uid}`, uid, labels: { [attemptLabel]: '3' }, ...owned },
  ...(condition === undefined ? {} : { status: { conditions: [{ type: condition, status: 'True' }] } }),
});
const podOf = (uid: string, jobUid: string, status: PodObject['status'] = {}): PodObject => ({
  metadata: { ...made, name: uid, uid, labels: { [jobUidLabel]: jobUid } },
  spec: {
    containers: [
      { name: 'proxy', image: 'mesh/proxy:1' },
      { name: 'restore', image: 'registry/rekindle:1' },
    ],
  },
  status: { phase: 'Running', ...status },
});
const claim = (name: string, metadata: object = owned): PvcObject => ({
  metadata: { ...made, name, uid: `uid-${name}`, ...metadata },
});
const undisturbed = { problem: null, overwritten: false, basis: null, hindered: new Map<string, never>() };
const see = (jobs: JobObject[], pods: PodObject[] = [], pvcs: PvcObject[] = []): Observation =>
  observe(restore, { jobs, pods, pvcs }, undisturbed);

test('only what the Restore owns is its own, whatever it is named', () => {
  const strangers = [{ uid: 'another' }, { kind: 'CronJob' }, { apiVersion: 'rekindle.development/v1' }].map(
    (other) => ({
      metadata: { ...made, name: 'r-job-1', uid: 'x', ownerReferences: [{ ...owner, ...other }] },
    }),
  );
  const seen = see([...strangers, jobOf('job-1')], [], [claim('r-report-abcde', { ownerReferences: [] })]);
  assert.deepEqual(
    seen.jobs.map(({ uid }) => uid),
    ['job-1'],
  );
  assert.equal(seen.report, null);
});

test('a Job whose report is on a claim that is gone is told from one whose report is there', () => {
  const made = (reportUid: string): JobObject => {
    const { metadata } = jobOf(`job-${reportUid}`);
    return { metadata: { ...metadata, labels: { ...metadata.labels, [reportUidLabel]: reportUid } } };
  };
  const jobs = [made('uid-r-report-abcde'), made('uid-r-report-00000'), jobOf('job-without')];
  const { jobs: facts } = see(jobs, [], [claim('r-report-abcde')]);
  assert.deepEqual(
    facts.map(({ name, reportGone }) => [name, reportGone]),
    [
      ['r-job-uid-r-report-00000', true],
      ['r-job-uid-r-report-abcde', false],
      ['r-job-without', false],
    ],
  );
});

test('a Job is outdated when its order would be made from something else now; once started only its places count', () => {
  const basis = { 'rekindle.dev/order-places': 'p', 'rekindle.dev/order-mapping': 'm' };
  const made = (changes: object): JobObject => ({
    metadata: { ...jobOf('job-1').metadata, annotations: { ...basis, ...changes } },
  });
  const seen = (of: JobObject, status: object, now: typeof basis | null = basis): boolean | undefined => {
    const object = { ...restore, status: { conditions: [], ...status } };
    return observe(object, { jobs: [of], pods: [], pvcs: [] }, { ...undisturbed, basis: now }).jobs[0]?.outdated;
  };
  const [places, mapping] = [made({ 'rekindle.dev/order-places': 'x' }), made({ 'rekindle.dev/order-mapping': 'x' })];
  const started = { startTime: '2026-01-01T00:00:00Z' };
  assert.deepEqual([seen(made({}), {}), seen(places, {}), seen(mapping, {})], [false, true, true]);
  assert.deepEqual([seen(made({}), started), seen(places, started), seen(mapping, started)], [false, true, false]);
  assert.equal(seen(jobOf('job-1'), {}), false, 'of a Job of an earlier version nothing is known');
  assert.equal(seen(places, {}, null), false, 'no other order could be made');
});

test('of its volume claims, the one counts that the Restore names', () => {
  const seen = see([], [], [claim('r-report-00000'), claim('r-report-abcde')]);
  assert.equal(seen.report?.uid, 'uid-r-report-abcde');
  // Somebody has replaced the Restore by its first manifest.
  const reportPvc = { name: 'r-report-00000', uid: 'u' };
  const replaced = {
    ...restore,
    metadata: { ...restore.metadata, annotations: {} },
    status: { conditions: [], reportPvc },
  };
  const pvcs = [claim('r-report-00000'), claim('r-report-abcde')];
  assert.equal(observe(replaced, { jobs: [], pods: [], pvcs }, undisturbed).report?.uid, 'uid-r-report-00000');
});

test('what an operator of an earlier version has said of an approval is no reason to take nothing of it', () => {
  const hold = { reason: 'TargetInUse', message: 'm', unheard: true };
  assert.equal(observation.parse({ ...see([]), hold }).hold?.unheard, null);
});

test('what a person has agreed to is seen, with what the Restore holds for', () => {
  assert.deepEqual([see([]).restore.approve, see([]).hold], [null, null]);
  const condition = { status: 'True', lastTransitionTime: '', observedGeneration: 1 } as const;
  const held = { ...condition, type: 'Held', reason: 'TargetInUse', message: 'm' };
  const early = {
    ...condition,
    type: 'ApprovalIgnored',
    reason: 'GivenBefore',
    message: `${wasGivenBefore('TargetInUse.1')} more`,
  };
  for (const conditions of [[held], [held, early]]) {
    const annotations = { 'rekindle.dev/approve': 'TargetInUse' };
    const { metadata, ...rest } = restore;
    const of = { ...rest, metadata: { ...metadata, annotations }, status: { conditions } };
    const seen = observe(of, { jobs: [], pods: [], pvcs: [] }, undisturbed);
    assert.equal(seen.restore.approve, 'TargetInUse');
    assert.deepEqual(seen.hold, {
      reason: 'TargetInUse',
      message: 'm',
      unheard: conditions.length === 2 ? 'TargetInUse.1' : null,
    });
  }
});

test('an observation of an earlier version says nothing of approvals', () => {
  const older: Record<string, unknown> = { ...see([]), restore: { ...see([]).restore, approve: undefined } };
  delete older['hold'];
  assert.deepEqual(observation.parse(older), see([]));
});

test('the hash does not depend on the order in which things were listed', () => {
  const jobs = [jobOf('job-1'), jobOf('job-2', 'Failed')];
  const pods = [podOf('pod-1', 'job-1'), podOf('pod-8', 'gone'), podOf('pod-9', 'gone')];
  const one = sealed(see(jobs, pods));
  const other = sealed(see(jobs.toReversed(), pods.toReversed()));
  assert.equal(one.hash, other.hash);
  assert.notEqual(one.hash, sealed(see([jobOf('job-1')], pods)).hash);
});

test('the hash is of the content, not of the order of its keys, and survives a way through JSON', () => {
  assert.equal(hashOf({ a: 1, b: [{ c: null, d: 'x' }] }), hashOf({ b: [{ d: 'x', c: null }], a: 1 }));
  assert.equal(canonical({ a: undefined, b: 1 }), '{"b":1}');
  const seen = see([jobOf('job-1')], [podOf('pod-1', 'job-1')]);
  assert.equal(hashOf(observation.parse(JSON.parse(JSON.stringify(seen)))), hashOf(seen));
});

test('pods of Jobs that are gone are leftovers until they have ended', () => {
  const seen = see([], [podOf('pod-1', 'gone'), podOf('pod-2', 'gone', { phase: 'Failed' })]);
  assert.deepEqual(seen.leftovers, ['pod-1']);
});

test('a Job is over when its controller says so', () => {
  const phases = see([jobOf('1'), jobOf('2', 'Complete'), jobOf('3', 'Failed'), jobOf('4', 'FailureTarget')]).jobs;
  assert.deepEqual(
    phases.map(({ phase }) => phase),
    ['Active', 'Complete', 'Failed', 'Failed'],
  );
});

test('a node that is lost: its pod never leaves, but the Job makes no other, so nobody waits for its last word', () => {
  const taint = { type: 'DisruptionTarget', status: 'True', message: 'Taint manager: deleting due to NoExecute taint' };
  const running = { containerStatuses: containers({ running: {} }), conditions: [taint] };
  const pod = podOf('pod-1', '1', running);
  const leaving = { ...pod, metadata: { ...pod.metadata, deletionTimestamp: made.creationTimestamp } };
  const lost = see([jobOf('1', 'FailureTarget')], [leaving]);
  const loss = { reason: 'PodDisrupted', disruption: true, outOfMemory: false };
  assert.partialDeepStrictEqual(lost.jobs[0], { phase: 'Failed', pod: { running: true, loss } });
  assert.match(lost.jobs[0]?.pod?.loss?.message ?? '', /taken away: Taint manager/);
  assert.deepEqual(lost.leftovers, ['pod-1'], 'the next attempt gives it time to leave');

  const unheard = see([jobOf('1')], [leaving]);
  assert.partialDeepStrictEqual(unheard, { jobs: [{ phase: 'Active', pod: { loss: null } }], leftovers: [] });
});

/** Beside the container that restores there is one that was injected. */
const containers = (state: ContainerState): { name: string; state: ContainerState }[] => [
  { name: 'proxy', state: { running: {} } },
  { name: 'restore', state },
];
const waitingFor = (reason: string, message = ''): PodObject['status'] => ({
  phase: 'Pending',
  containerStatuses: containers({ waiting: { reason, message } }),
});
const unscheduled = (message: string): PodObject['status'] => ({
  phase: 'Pending',
  conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message }],
});

const hindrances: readonly [string, PodObject['status'], string | null][] = [
  ['an image that is not there', waitingFor('ErrImagePull', 'not found'), 'ImageUnavailable'],
  ['the same a moment later', waitingFor('ImagePullBackOff', 'Back-off pulling image'), 'ImageUnavailable'],
  ['a missing Secret', waitingFor('CreateContainerConfigError', 'secret "s3" not found'), 'SecretMissing'],
  ['no room', unscheduled('0/1 nodes are available: 1 Insufficient memory.'), 'PodUnschedulable'],
  [
    'a claim without a volume',
    unscheduled("0/1 nodes are available: 1 node(s) didn't find available persistent volumes to bind."),
    'ReportNotBound',
  ],
  ['on its way', waitingFor('ContainerCreating'), null],
];
for (const [what, status, reason] of hindrances) {
  test(`a pod that does not start: ${what}`, () => {
    assert.equal(podFacts(podOf('p', 'j', status)).hindered?.reason ?? null, reason);
  });
}

test('which image a pod runs is told once its kubelet says so, whatever runs beside it', () => {
  const running = (imageID: string): PodObject =>
    podOf('p', 'j', {
      containerStatuses: [
        { name: 'proxy', imageID: 'mesh/proxy@sha256:2' },
        { name: 'restore', imageID },
      ],
    });
  assert.equal(podFacts(podOf('p', 'j')).imageId, null);
  assert.equal(podFacts(running('')).imageId, null);
  assert.equal(podFacts(running('registry/rekindle@sha256:1')).imageId, 'registry/rekindle@sha256:1');
});

test('of the images of a pod, the one is named that cannot be pulled', () => {
  const { hindered } = podFacts(podOf('p', 'j', waitingFor('ErrImagePull')));
  assert.match(hindered?.message ?? '', /registry\/rekindle:1 cannot be pulled/);
});

const late = madeAt + 30_000;
const creating = podOf('pod-1', '1', waitingFor('ContainerCreating'));
const atWork = podOf('pod-1', '1', { containerStatuses: containers({ running: {} }) });
const slowStarts: readonly [string, JobObject, PodObject[], number, 'Job' | 'Pod' | null][] = [
  ['a Job that makes no pod', jobOf('1'), [], late, 'Job'],
  ['a Job that may make one yet', jobOf('1'), [], late - 1, null],
  ['a Job that has other pods than its own', jobOf('1'), [podOf('pod-2', '2')], late, 'Job'],
  ['a Job that is over', jobOf('1', 'Failed'), [], late, null],
  ['a Job that is over, but for a pod that has not left', jobOf('1', 'FailureTarget'), [], late, null],
  ['a Job that is suspended', jobOf('1', 'Suspended'), [], late, 'Job'],
  ['a Job that is suspended with its pod at work', jobOf('1', 'Suspended'), [atWork], late, 'Job'],
  ['a Job that is suspended, and may be resumed yet', jobOf('1', 'Suspended'), [], late - 1, null],
  ['a pod whose container is not made', jobOf('1'), [creating], late, 'Pod'],
  ['a pod that nobody has looked at yet', jobOf('1'), [podOf('pod-1', '1', { phase: 'Pending' })], late, 'Pod'],
  ['a pod of which it is known what it lacks', jobOf('1'), [podOf('pod-1', '1', unscheduled('no room'))], late, null],
  ['a container that runs', jobOf('1'), [atWork], late, null],
];
for (const [what, of, pods, now, kind] of slowStarts) {
  test(`who does not get on: ${what}`, () => assert.equal(slowStarter(of, pods, now)?.kind ?? null, kind));
}

test('what does not get on is named, with the last word about it and where to look', () => {
  const starter = { kind: 'Pod', name: 'r-aaaaa-bbbbb', uid: 'u' } as const;
  assert.equal(
    slowStart(starter, { namespace: 'ns', note: 'Multi-Attach error for volume "pvc-1".' }).message,
    'Pod r-aaaaa-bbbbb has not started after 30 s: Multi-Attach error for volume "pvc-1". See kubectl describe pod r-aaaaa-bbbbb.',
  );
  const slow = slowStart({ ...starter, kind: 'Job', name: 'r-aaaaa' }, { namespace: 'ns', note: null });
  assert.equal(slow.message, 'Job r-aaaaa has no pod after 30 s. See kubectl describe job r-aaaaa.');
  const hindered = new Map([['job-1', slow]]);
  const seen = observe(restore, { jobs: [jobOf('job-1')], pods: [], pvcs: [] }, { ...undisturbed, hindered });
  assert.deepEqual(seen.jobs[0]?.hindered, slow);
});

test('a Job that is suspended is named, with the command that resumes it', () => {
  const starter = slowStarter(jobOf('1', 'Suspended'), [], late);
  const { reason, message } = slowStart(starter ?? assert.fail(), { namespace: 'ns', note: 'Job suspended' });
  assert.equal(reason, 'JobSuspended');
  assert.match(message, /kubectl -n ns patch job r-1 --type=merge -p '\{"spec":\{"suspend":false\}\}'$/);
});

test('the two words of the kubelet for one trouble make one sentence', () => {
  const [first, second] = [waitingFor('ErrImagePull', 'not found'), waitingFor('ImagePullBackOff', 'Back-off')];
  assert.deepEqual(podFacts(podOf('p', 'j', first)), podFacts(podOf('p', 'j', second)));
});

const died = (terminated: { exitCode: number; reason?: string; message?: string }, more: object = {}): PodObject => ({
  ...podOf('p', 'j', { phase: 'Failed', containerStatuses: containers({ terminated }) }),
  ...more,
});
/** The container has died, and what was injected beside it goes on. */
const outlived = (terminated: { exitCode: number; reason?: string }): PodObject =>
  podOf('p', 'j', { containerStatuses: containers({ terminated }) });
const disrupted = {
  status: {
    phase: 'Failed',
    conditions: [{ type: 'DisruptionTarget', status: 'True', message: 'Eviction API: evicting' }],
  },
};
const deaths: readonly [string, PodObject, { reason: string; disruption: boolean; outOfMemory: boolean }][] = [
  [
    'out of memory',
    died({ exitCode: 137, reason: 'OOMKilled' }),
    { reason: 'OutOfMemory', disruption: false, outOfMemory: true },
  ],
  ['SIGKILL', died({ exitCode: 137, reason: 'Error' }), { reason: 'PodKilled', disruption: false, outOfMemory: false }],
  [
    'an error',
    died({ exitCode: 1, message: 'Internal: x' }),
    { reason: 'PodFailed', disruption: false, outOfMemory: false },
  ],
  [
    'SIGKILL, and a container beside it goes on',
    outlived({ exitCode: 137, reason: 'Error' }),
    { reason: 'PodKilled', disruption: false, outOfMemory: false },
  ],
  [
    'out of memory, and a container beside it goes on',
    outlived({ exitCode: 137, reason: 'OOMKilled' }),
    { reason: 'OutOfMemory', disruption: false, outOfMemory: true },
  ],
  [
    'nothing, but nobody has heard so, and a container beside it goes on',
    outlived({ exitCode: 0 }),
    { reason: 'PodFailed', disruption: false, outOfMemory: false },
  ],
  [
    'an eviction',
    { ...podOf('p', 'j'), ...disrupted },
    { reason: 'PodDisrupted', disruption: true, outOfMemory: false },
  ],
  [
    'a full node',
    podOf('p', 'j', { phase: 'Failed', reason: 'Evicted' }),
    { reason: 'PodDisrupted', disruption: true, outOfMemory: false },
  ],
];
for (const [what, pod, expected] of deaths) {
  test(`what a pod died of: ${what}`, () => {
    const { message, ...loss } = podFacts(pod).loss ?? { message: '' };
    assert.deepEqual(loss, expected);
    assert.match(message, /\.$|: x$|evicting$/);
  });
}

test('a pod that ended well died of nothing, nor did one whose other container has ended', () => {
  const ended = { phase: 'Succeeded', containerStatuses: containers({ terminated: { exitCode: 0 } }) };
  assert.equal(podFacts(podOf('p', 'j', ended)).loss, null);
  const other = { name: 'proxy', state: { terminated: { exitCode: 1 } } };
  const alone = podFacts(podOf('p', 'j', { containerStatuses: [other, { name: 'restore', state: { running: {} } }] }));
  assert.deepEqual([alone.running, alone.loss], [true, null]);
});
