// What cannot be restored is refused in words that name the thing and say what to do, and nothing is written; once it is
// mended, the Restore comes to its end.
import assert from 'node:assert/strict';
import { cp, mkdir, rm } from 'node:fs/promises';
import { before, describe, test } from 'node:test';
import { flipped, readArchive, writeArchive, type ArchiveFiles } from '../support/archive-in-s3.ts';
import { e2eDataset, storageObject, type Dataset } from '../support/e2e-data.ts';
import { assertFlawless } from '../support/flawless.ts';
import { kafkaTool } from '../support/java.ts';
import { unusedName } from '../support/kafka.ts';
import { readReportOf, reportFolderOf } from '../support/report-on-volume.ts';
import { assertOthersFinished } from '../support/partitions.ts';
import {
  apply,
  forget,
  jobOf,
  k,
  reportClaimOf,
  restoreObject,
  until,
  untilDone,
  untilRestored,
} from '../support/restores.ts';
import type { RestoreOptions } from '../support/restores.ts';
import { writeRecords } from '../support/topics.ts';
import type { Phase } from '../../src/model/phase.ts';
import type { Restore } from '../../src/model/resources/restore.ts';

/** A restore of the packages lasts some 15 seconds. */
const SLOW = 10_000;

let data: Dataset;
let archive: ArchiveFiles;
before(async () => {
  data = await e2eDataset({ records: 4_000, packages: 500 });
  archive = await readArchive(data.archive);
});

/** A Restore of the data set's packages, unless told otherwise, with a name and a target of its own. */
function victim(of: Partial<RestoreOptions> = {}): RestoreOptions & { target: string } {
  const name = unusedName('refused');
  const target = `${name}-target`;
  const topics = [{ source: data.packages, target }];
  return { name, source: data.archive, topics, target, ...of };
}

/** What the API server answers to an object that it must not take. */
async function refusal(object: object): Promise<string> {
  const error: unknown = await apply(object).then(
    () => assert.fail('the API server took it'),
    (refused: unknown) => refused,
  );
  return error instanceof Error ? error.message : '';
}

/** Applies a Restore that must come to this phase, for a reason in these words. */
async function standsStill(of: RestoreOptions, phase: Phase, reason: string, words: RegExp): Promise<Restore> {
  await apply(restoreObject(of));
  return comesTo(of.name, phase, reason, words);
}

async function comesTo(name: string, phase: Phase, reason: string, words: RegExp): Promise<Restore> {
  const restore = await until(name, `${phase} for ${reason}`, ({ status }) => {
    const why = status.conditions.find(({ type }) => type === 'Progressing');
    return status.phase === phase && why?.reason === reason;
  });
  const why = restore.status.conditions.find(({ type }) => type === 'Progressing');
  assert.match(why?.message ?? '', words);
  assert.equal(restore.status.message, phase);
  assert.notEqual(restore.status.conditions.find(({ type }) => type === 'Proven')?.status, 'True');
  return restore;
}

/** Kafka's own tools, not our eyes, say what is there. */
const topicCommand = (...args: string[]): Promise<string> =>
  kafkaTool('TopicCommand', ['--bootstrap-server', data.bootstrap, ...args]);

const createTopic = (topic: string, partitions: number, ...configs: string[]): Promise<string> =>
  topicCommand(
    ...['--create', '--topic', topic, '--partitions', String(partitions)],
    ...configs.flatMap((config) => ['--config', config]),
  );

/** An existing topic that keeps what is restored into it. */
const keeps = ['retention.ms=-1', 'max.message.bytes=2000000'];

/** Whether the topic exists, its configuration, and where its partitions end. */
async function picture(topic: string): Promise<string[]> {
  const described = await topicCommand('--describe', '--topic', topic).catch(() => 'it does not exist');
  const ends = await kafkaTool('GetOffsetShell', ['--bootstrap-server', data.bootstrap, '--topic', topic]).catch(
    () => 'none',
  );
  return [described, ends];
}

describe('refused by the API server', { concurrency: 3 }, () => {
  test('two mappings to one target', async () => {
    const of = victim({ topics: [data.records, data.packages].map((source) => ({ source, target: 'both' })) });
    assert.match(await refusal(restoreObject(of)), /spec\.config\.topics\[1\].*Duplicate value.*both/s);
  });

  test('a name of more than 48 characters', async () => {
    const name = 'n'.repeat(49);
    assert.match(await refusal(restoreObject(victim({ name }))), /metadata\.name may have at most 48 characters/);
  });

  test('credentials for Kafka, which are not served', async () => {
    const restore = restoreObject(victim()) as { spec: object };
    const asked = { ...restore, spec: { ...restore.spec, sinkCredentialsFrom: { credentialsRef: { name: 'aws' } } } };
    assert.match(await refusal(asked), /spec\.sinkCredentialsFrom is not served yet.*properties of the EventHub/);
  });

  test('a change of what was started', async () => {
    const of = victim({ maxBytesPerSecond: SLOW });
    await apply(restoreObject(of));
    await untilRestored(of.name, 0.1);
    const another = restoreObject({ ...of, source: 'another' });
    assert.match(await refusal(another), /spec\.source cannot be changed once the Restore has started/);
    const elsewhere = [{ source: data.records, target: of.target }];
    assert.match(
      await refusal(restoreObject({ ...of, topics: elsewhere })),
      /spec\.config\.topics: a mapping cannot be changed or removed once the Restore has started/,
    );
    await untilDone(of.name);
    await assertFlawless(data.bootstrap, of.topics);
    await forget(of.name);
  });
});

describe('Invalid until what is named exists', { concurrency: 3 }, () => {
  test('no mapping', async () => {
    const of = victim({ topics: [] });
    await standsStill(of, 'Draft', 'Draft', /No topic mapping is defined/);
    await forget(of.name);
  });

  test('an unknown Storage; it starts by itself once there is one', async () => {
    const of = victim({ source: unusedName('nowhere') });
    const words = new RegExp(`there is no Storage ${of.source} in namespace`);
    const { status } = await standsStill(of, 'Invalid', 'InvalidConfiguration', words);
    assert.equal(status.job, undefined);
    await apply(storageObject(of.source, { archive: data.archive }));
    await untilDone(of.name);
    await assertFlawless(data.bootstrap, of.topics);
    await forget(of.name);
  });

  test('an unknown EventHub', async () => {
    const of = victim({ sink: 'nobody' });
    await standsStill(of, 'Invalid', 'InvalidConfiguration', /there is no EventHub nobody in namespace/);
    await forget(of.name);
  });
});

describe('Failed, and nothing was written', { concurrency: 3 }, () => {
  /** Fails for this reason with these words; the target is as it was. */
  async function writesNothing(
    of: RestoreOptions & { target: string },
    reason: string,
    words: RegExp,
  ): Promise<Restore> {
    const before = await picture(of.target);
    const failed = await standsStill(of, 'Failed', reason, words);
    assert.deepEqual(await picture(of.target), before);
    return failed;
  }

  test('a topic that is not in the archive', async () => {
    const of = victim();
    const topics = [{ source: 'no-such-topic', target: of.target }];
    await writesNothing({ ...of, topics }, 'TopicNotInArchive', /no-such-topic/);
    await forget(of.name);
  });

  test('a target that does not exist and may not be created', async () => {
    const of = victim({ createTopics: false });
    await writesNothing(of, 'TopicMissing', /does not exist.*Create it with 2 partitions, or set config\.createTopics/);
    await forget(of.name);
  });

  test('a target with too few partitions; it has enough when its Job is deleted', async () => {
    const of = victim();
    await createTopic(of.target, 1, ...keeps);
    const failed = await writesNothing(of, 'TooFewPartitions', /has 1 partitions, the archive has 2\. Add partitions/);
    await topicCommand('--alter', '--topic', of.target, '--partitions', '2');
    await k('delete', 'job', jobOf(failed));
    await untilDone(of.name);
    await assertFlawless(data.bootstrap, of.topics);
    await forget(of.name);
  });

  test("a target that holds others' records; nothing was begun, so it can be restored into another one", async () => {
    const of = victim();
    await writeRecords({ bootstrap: data.bootstrap, topic: of.target, records: 100, partitions: 2 });
    const words = /is not empty.*Restore into an empty topic or another name.*delete the Job: kubectl/;
    const failed = await writesNothing(of, 'TargetNotEmpty', words);
    const topics = [{ source: data.packages, target: `${of.target}-2` }];
    await apply(restoreObject({ ...of, topics }));
    await k('delete', 'job', jobOf(failed));
    await untilDone(of.name);
    await assertFlawless(data.bootstrap, topics);
    await forget(of.name);
  });

  test('a target whose retention and compaction would touch the records', async () => {
    const of = victim();
    await createTopic(of.target, 2, 'retention.ms=3600000', 'cleanup.policy=compact,delete');
    const words =
      /cleanup\.policy=compact would remove.*retention\.ms=3600000 would delete.*let Rekindle create the topic/s;
    await writesNothing(of, 'TargetUnguarded', words);
    await forget(of.name);
  });

  test('a target that another Restore holds: waited for until that is gone, and then looked at anew', async () => {
    const holder = victim({ maxBytesPerSecond: SLOW });
    await apply(restoreObject(holder));
    await untilRestored(holder.name, 0.1);
    const of = victim({ topics: holder.topics });
    const words = new RegExp(`Topic ${holder.target} is claimed by Restore .*/${holder.name}, which is `);
    await standsStill(of, 'Waiting', 'TargetClaimed', words);
    await untilDone(holder.name);
    await assertFlawless(data.bootstrap, holder.topics);
    await forget(holder.name);
    await comesTo(of.name, 'Failed', 'TargetNotEmpty', /is not empty.*this restore did not write them/);
    await assertFlawless(data.bootstrap, holder.topics);
    await forget(of.name);
  });

  test('a missing segment', async () => {
    const { of, segment } = await damaged((files, path) => files.delete(path));
    await writesNothing(
      of,
      'SegmentMissing',
      new RegExp(`${data.packages}, partition \\d, ${segment}.*is missing. Bring it back`),
    );
    await forget(of.name);
  });

  test('a damaged index', async () => {
    const { of, segment } = await damaged((files, path) => {
      const index = indexOf(path);
      files.set(index, flipped(fileOf(files, index)));
    });
    await writesNothing(of, 'IndexDamaged', new RegExp(`${indexOf(segment)}.*not as it was written. Bring it back`));
    await forget(of.name);
  });

  test('a damaged segment; whole again, the restore goes on from what was right', async () => {
    const { of } = await damaged((files, path) => files.set(path, flipped(fileOf(files, path))));
    const words = new RegExp(`source offset \\d+ of ${data.packages} is damaged.*Repair the archive.*delete the Job`);
    const failed = await standsStill(of, 'Failed', 'SegmentDamaged', words);
    assertOthersFinished(await readReportOf(failed), 'SegmentDamaged');
    await writeArchive(of.source, archive);
    await k('delete', 'job', jobOf(failed));
    await untilDone(of.name);
    await assertFlawless(data.bootstrap, of.topics);
    await forget(of.name);
  });

  test("another Restore's report", async () => {
    const other = victim();
    await apply(restoreObject(other));
    const done = await untilDone(other.name);
    const of = victim({ maxBytesPerSecond: SLOW });
    await apply(restoreObject(of));
    const running = await untilRestored(of.name, 0.1);
    await k('patch', 'restore', of.name, '--type=merge', '-p', '{"spec":{"enabled":false}}');
    await until(of.name, 'paused', ({ status }) => status.phase === 'Paused');

    const own = await reportFolderOf(running);
    await rm(own, { recursive: true });
    await mkdir(own);
    await cp(await reportFolderOf(done), own, { recursive: true, preserveTimestamps: true });
    const [, ends] = await picture(of.target);
    await k('patch', 'restore', of.name, '--type=merge', '-p', '{"spec":{"enabled":true}}');
    const words = new RegExp(
      `belongs to Restore .*/${other.name}.*give this one an empty volume.*delete pvc --wait=false ${reportClaimOf(running)} && `,
    );
    await comesTo(of.name, 'Failed', 'ReportOfAnotherRestore', words);
    assert.equal((await picture(of.target))[1], ends);
    await forget(of.name);
    await forget(other.name);
  });
});

/** A Restore from a copy of the archive to which something was done, at the path of one of the packages' segments. */
async function damaged(
  damage: (files: Map<string, Buffer>, path: string) => void,
): Promise<{ of: RestoreOptions & { target: string }; segment: string }> {
  const of = victim({ source: unusedName('damaged') });
  const files = new Map(archive);
  const path = [...files.keys()].find((name) => name.includes(`/${data.packages}/`) && name.endsWith('.log'));
  assert.ok(path);
  damage(files, path);
  await writeArchive(of.source, files);
  await apply(storageObject(of.source));
  const segment = path.split('/').slice(-2).join('/');
  return { of, segment };
}

const indexOf = (segment: string): string => segment.replace(/log$/, 'index');

function fileOf(files: ArchiveFiles, path: string): Buffer {
  const file = files.get(path);
  assert.ok(file, path);
  return file;
}
