// What only a person can decide is asked in the status, with the command that agrees; run by a person, the Restore goes on,
// once, and the agreement is gone.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { kubectl } from '../../deploy/dev/kube/kubectl.ts';
import { findCondition } from '../../src/model/conditions.ts';
import { approveAnnotation } from '../../src/model/resources/names.ts';
import type { Restore } from '../../src/model/resources/restore.ts';
import { e2eDataset, type Dataset } from '../support/e2e-data.ts';
import { writeForeign } from '../support/foreign.ts';
import { kafkaTool } from '../support/java.ts';
import { unusedName } from '../support/kafka.ts';
import { apply, forget, jobOf, k, readRestore, restoreObject, until, untilDone } from '../support/restores.ts';
import { compareTopics, writePackages } from '../support/topics.ts';

let data: Dataset;
before(async () => {
  data = await e2eDataset({ records: 500, packages: 500 });
});

/** The sentence with which a Restore holds. */
async function heldFor(name: string, reason: string): Promise<string> {
  const { status } = await until(name, `held for ${reason}`, ({ status: { phase, conditions } }) => {
    return phase === 'Waiting' && findCondition(conditions, 'Progressing')?.reason === reason;
  });
  assert.equal(findCondition(status.conditions, 'Held')?.reason, reason);
  return findCondition(status.conditions, 'Progressing')?.message ?? '';
}

/** Runs the command at the end of the sentence, as a person would who agrees. */
async function agree(sentence: string): Promise<void> {
  const [, command = ''] = /kubectl (-n \S+ annotate restore\.rekindle\.dev .*)$/.exec(sentence) ?? [];
  await kubectl(command.split(' '));
}

const untilTakenAway = (name: string): Promise<Restore> =>
  until(name, 'rid of the approval', ({ metadata }) => metadata.annotations[approveAnnotation] === undefined);

const topicConfig = async (topic: string): Promise<string> =>
  kafkaTool('TopicCommand', ['--bootstrap-server', data.bootstrap, '--describe', '--topic', topic]);

test('others have written to the target since Done: what is new waits for a person, and is restored behind theirs', async () => {
  const name = unusedName('held');
  const topics = [{ source: data.packages, target: `${name}-target` }];
  await apply(restoreObject({ name, source: data.archive, topics }));
  const done = await untilDone(name);
  await writeForeign(data.bootstrap, { topic: `${name}-target`, partition: 1 });
  await writePackages({ bootstrap: data.bootstrap, topic: data.packages, partitions: 2, maxRecords: 300 });
  await data.backup();

  await k('delete', 'job', jobOf(done));
  const sentence = await heldFor(name, 'TargetInUse');
  assert.match(sentence, /is in use: .*partition 1 from offset \d+ on.* If you agree, what is new in the archive/);
  await k('annotate', 'restore', name, `${approveAnnotation}=ResetNeedsApproval`);
  await until(name, 'told that this answers nothing', ({ status: { conditions } }) => {
    return findCondition(conditions, 'ApprovalIgnored')?.reason === 'NotHeld';
  });
  const { uid } = (await readRestore(name)).metadata;
  const events = ['--field-selector', `reason=ApprovalIgnored,involvedObject.uid=${uid}`, '-o', 'name'];
  assert.notEqual(await k('get', 'events', ...events), '');

  await agree(sentence);
  const { status } = await untilDone(name);
  await untilTakenAway(name);
  assert.equal(status.attempt, 2, 'the pod that asked went on');
  assert.equal(findCondition(status.conditions, 'Held'), undefined);
  const { missing, duplicates, outOfOrder, different, foreign } = await compareTopics({
    bootstrap: data.bootstrap,
    pairs: topics,
  });
  assert.deepEqual([missing, duplicates, outOfOrder, different, foreign], [0, 0, 0, 0, 1]);
  await forget(name);
});

test('retention that would delete what was restored is given back once a person agrees, and the Restore is Done again', async () => {
  const name = unusedName('retained');
  const target = `${name}-target`;
  // The packages are years old: a week of retention would delete them.
  await kafkaTool('TopicCommand', [
    ...['--bootstrap-server', data.bootstrap, '--create', '--topic', target, '--partitions', '2'],
    ...['--config', 'retention.ms=604800000', '--config', 'max.message.bytes=2000000'],
  ]);
  const of = { name, source: data.archive, topics: [{ source: data.packages, target }], guardTarget: true };
  await apply(restoreObject(of));
  const done = await untilDone(name);
  const sentence = findCondition(done.status.conditions, 'RetentionHeld')?.message ?? '';
  assert.match(sentence, /keeps retention\.ms=-1/);
  assert.match(await topicConfig(target), /retention\.ms=-1/);

  await agree(sentence);
  await untilTakenAway(name);
  // The pod of the first attempt may not have left when the answer comes: then the Job that is there is an attempt, too.
  const again = await until(name, 'done again', ({ status }) => status.phase === 'Done' && (status.attempt ?? 0) > 1);
  assert.equal(findCondition(again.status.conditions, 'RetentionHeld'), undefined);
  assert.equal(findCondition(again.status.conditions, 'Proven')?.status, 'True');
  assert.match(await topicConfig(target), /retention\.ms=604800000/);
  await forget(name);
});
