// A restore that is under way goes on with what it has planned, whatever has become of the archive behind that; one that
// is done takes on what is new.
import assert from 'node:assert/strict';
import { readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { Archive } from '../../../src/archive/reader.ts';
import { WritingSession } from '../../../src/archive/session.ts';
import { openPlans } from '../../../src/engine/opening.ts';
import type { PartitionPlan } from '../../../src/engine/plan.ts';
import { restoreOrder, type DeliveryKind } from '../../../src/model/order.ts';
import { emptyPartition, type Report, type ReportState } from '../../../src/model/report.ts';
import type { FileStorage } from '../../../src/storage/file.ts';
import { addSegments, GENERATION, smallArchive, TOPIC } from '../archive/small-archive.ts';

const OTHER_GENERATION = 'cluster.another-topic-id';
const mappings = [{ source: TOPIC, target: 'restored' }];

/** What the next process plans that opens the archive as it is now. */
async function open(
  storage: FileStorage,
  previous: Report | null,
  topics = mappings,
  onlyPutBack = false,
  delivery: DeliveryKind = 'Transactional',
  epoch = (previous?.epoch ?? 0) + 1,
): Promise<{ report: Report; plans: PartitionPlan[] }> {
  const restore = { namespace: 'n', name: 'r', uid: 'u' };
  const order = restoreOrder.parse({
    restore,
    source: { kind: 'file', path: '/archive' },
    kafka: {},
    topics,
    delivery,
  });
  const { first, plans } = openPlans(() => Archive.open(storage), { order, identity: 'host', attempt: 1, onlyPutBack });
  const report = await first(previous, epoch);
  return { report, plans: plans(report) };
}

/** An archive with two segments a partition, and the report of a restore of it that is in this state. */
async function begun(state: ReportState): Promise<{ folder: string; storage: FileStorage; report: Report }> {
  const { folder, storage } = await smallArchive(2, 2);
  const { report } = await open(storage, null);
  const topics = [{ target: 'restored', id: 'topic-id', guards: {}, partitions: [] }];
  return { folder, storage, report: { ...report, state, topics } };
}

async function grow(storage: FileStorage, generation = GENERATION): Promise<void> {
  const session = await WritingSession.claim(storage);
  await addSegments(storage, session, 2, 1, generation);
  await session.close();
}

const segmentsOf = (plans: readonly PartitionPlan[]): number[] => plans.map(({ segments }) => segments.length);

test('A grown archive changes nothing for a restore that is under way, and is taken on once it is done', async () => {
  const { storage, report } = await begun('Restoring');
  await grow(storage);
  const resumed = await open(storage, report);
  assert.deepEqual(segmentsOf(resumed.plans), [2, 2]);
  assert.deepEqual(resumed.report.plan, report.plan);
  assert.deepEqual(segmentsOf((await open(storage, { ...report, state: 'Done' })).plans), [3, 3]);
});

test('Asked to give configuration back only, a restore that is done needs no archive; any other has all to do', async () => {
  const { folder, storage, report } = await begun('Done');
  await grow(storage);
  await rename(folder, `${folder}-away`);
  const unmapped = [{ source: TOPIC, target: 'another' }];
  const errand = await open(storage, report, unmapped, true);
  assert.deepEqual([errand.plans, errand.report.plan], [[], report.plan]);
  await rename(`${folder}-away`, folder);
  const more = [...mappings, { source: TOPIC, target: 'another' }];
  const underWay: Report = { ...report, state: 'Restoring' };
  assert.deepEqual(segmentsOf((await open(storage, underWay, more, true)).plans), [2, 2, 3, 3]);
  // Somebody has deleted the report meanwhile.
  const anew = await open(storage, null, mappings, true);
  assert.deepEqual([segmentsOf(anew.plans), anew.report.plan.length], [[3, 3], 1]);
});

test('A new generation of the topic changes nothing for a restore of the old one that is under way', async () => {
  const { storage, report } = await begun('Failed');
  await grow(storage, OTHER_GENERATION);
  const { plans } = await open(storage, report);
  assert.deepEqual(
    plans.map(({ topic, segments }) => [topic.generation, segments.length]),
    [
      [GENERATION, 2],
      [GENERATION, 2],
    ],
  );
});

test('A new generation does not continue what is done: that is said', async () => {
  const { storage, report } = await begun('Done');
  await grow(storage, OTHER_GENERATION);
  await assert.rejects(open(storage, report), { reason: 'ArchiveChanged', message: /new Restore/ });
});

test('An archive that was written anew does not continue what is done either', async () => {
  const { storage, report } = await begun('Done');
  const [planned = assert.fail()] = report.plan;
  const partitions = planned.partitions.map((of) => ({ ...of, lastIndex: { name: '9/0.index', sha256: 'another' } }));
  const other = { ...report, plan: [{ ...planned, partitions }] };
  await assert.rejects(open(storage, other), { reason: 'ArchiveChanged', message: /not a continuation/ });
});

for (const suffix of ['.log', '.index']) {
  test(`A segment that came later and lacks its ${suffix} hinders no resume, one of the plan does`, async () => {
    const { folder, storage, report } = await begun('Restoring');
    await grow(storage);
    const partition = join(folder, 'topics', TOPIC, GENERATION, '1');
    const files = (await readdir(partition, { recursive: true })).filter((name) => name.endsWith(suffix)).toSorted();
    const [oldest = '', , newest = ''] = files;
    await rm(join(partition, newest));
    assert.deepEqual(segmentsOf((await open(storage, report)).plans), [2, 2]);
    await assert.rejects(open(storage, { ...report, state: 'Done' }), { reason: 'SegmentMissing' });
    await rm(join(partition, oldest));
    await assert.rejects(open(storage, report), { reason: 'SegmentMissing' });
  });
}

test('What nothing was restored of yet is planned as the archive is now, into the topic that is wanted now', async () => {
  const { storage, report } = await begun('Failed');
  await grow(storage);
  const { plans } = await open(storage, { ...report, topics: [] }, [{ source: TOPIC, target: 'elsewhere' }]);
  assert.deepEqual(
    plans.map(({ name, segments }) => [name, segments.length]),
    [
      ['elsewhere/0', 3],
      ['elsewhere/1', 3],
    ],
  );
});

test('A generation that is not in the archive any more is missed by name', async () => {
  const { report } = await begun('Restoring');
  const { storage } = await smallArchive(1, 1);
  const [planned = assert.fail()] = report.plan;
  const other = { ...report, plan: [{ ...planned, generation: OTHER_GENERATION }] };
  await assert.rejects(open(storage, other), { reason: 'ArchiveChanged', message: new RegExp(OTHER_GENERATION) });
});

test('A topic that is added is planned as the archive is now; one that is taken away is missed', async () => {
  const { storage, report } = await begun('Restoring');
  await grow(storage);
  const added = { source: TOPIC, target: 'second' };
  const { plans } = await open(storage, report, [added, ...mappings]);
  assert.deepEqual(
    plans.map(({ name, segments }) => [name, segments.length]),
    [
      ['second/0', 3],
      ['second/1', 3],
      ['restored/0', 2],
      ['restored/1', 2],
    ],
  );
  await assert.rejects(open(storage, report, [added]), { reason: 'InvalidConfiguration', message: /restored/ });
});

test('How it writes can be chosen until the target was prepared, and is kept after that', async () => {
  const { storage, report } = await begun('Restoring');
  const untouched = { ...report, topics: [] };
  assert.equal((await open(storage, untouched, mappings, false, 'Idempotent')).report.delivery, 'Idempotent');
  await assert.rejects(open(storage, report, mappings, false, 'Idempotent'), {
    reason: 'InvalidConfiguration',
    message: /has begun with delivery Transactional and cannot go on with Idempotent/,
  });
  const other: Report = { ...report, delivery: 'Idempotent' };
  assert.equal((await open(storage, other, mappings, false, 'Idempotent')).report.delivery, 'Idempotent');
});

test('Where the newest report is lost, what was proved before is proved again: nobody knows what was purged since', async () => {
  const { storage, report } = await begun('Done');
  const last = { offset: 4, index: 0, count: 1, crc: 1, leaderEpoch: 0 };
  const partition = { ...emptyPartition(0, 0), acknowledged: 5, last, proved: 5, provedLast: last };
  const topics = report.topics.map((topic) => ({ ...topic, partitions: [partition] }));
  for (const [epoch, proved] of [
    [report.epoch, 5],
    [report.epoch - 1, 0],
  ] as const) {
    const opened = await open(
      storage,
      { ...report, epoch, topics },
      mappings,
      false,
      'Transactional',
      report.epoch + 1,
    );
    assert.deepEqual(
      opened.report.topics[0]?.partitions.map((p) => [p.proved, p.acknowledged, p.provedLast, p.orphaned]),
      [[proved, 5, proved === 0 ? null : last, proved === 0]],
    );
  }
});
