// What a person does and sees in Temporal: pause and resume by plain signals, queries, and one workflow id with a chain of
// executions in the Web UI.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { e2eDataset, type Dataset } from '../support/e2e-data.ts';
import { assertFlawless } from '../support/flawless.ts';
import { unusedName } from '../support/kafka.ts';
import { totals as totalsOf } from '../../src/model/report.ts';
import { readAuditOf, readReportOf } from '../support/report-on-volume.ts';
import {
  accelerate,
  apply,
  forget,
  jobOf,
  k,
  readRestore,
  restoreObject,
  until,
  untilAttemptAfter,
  untilDone,
  untilPodsHaveLeft,
  untilRestored,
} from '../support/restores.ts';
import { temporalWorkflow } from '../support/temporal-cli.ts';
import { inWebUi, installBrowser } from '../support/web-ui.ts';
import type { Restore } from '../../src/model/resources/restore.ts';

let data: Dataset;
before(async () => {
  data = await e2eDataset({ records: 8_000, packages: 3_000 });
});

/** A restore of the data set would last some minutes: nobody who looks at it or stops it need hurry. */
const CRAWLING = 10_000;

async function startRestore(): Promise<{ name: string; topics: { source: string; target: string }[] }> {
  const name = unusedName('signalled');
  const topics = [{ source: data.records, target: `${name}-records` }];
  await apply(restoreObject({ name, source: data.archive, topics, maxBytesPerSecond: CRAWLING }));
  return { name, topics };
}

const signal = (restore: Restore, name: string, ...input: string[]): Promise<string> =>
  temporalWorkflow(restore, 'signal', '--name', name, ...input);

const untilPaused = (name: string): Promise<Restore> =>
  until(name, 'paused by a signal', ({ status }) => {
    const paused = status.conditions.find(({ type }) => type === 'Paused');
    return status.phase === 'Paused' && paused?.status === 'True' && paused.reason === 'PausedBySignal';
  });

const queried = z.object({ queryResult: z.array(z.unknown()).or(z.unknown()) });

async function query(restore: Restore, type: string): Promise<string> {
  const answer = await temporalWorkflow(restore, 'query', '--type', type, '--output', 'json');
  return JSON.stringify(queried.parse(JSON.parse(answer)).queryResult);
}

describe('Temporal', { concurrency: 3 }, () => {
  test('a signalled pause survives a new attempt, until the signal to resume', async () => {
    const { name, topics } = await startRestore();
    const running = await untilRestored(name, 0.02);
    assert.match(await query(running, 'state'), /"phase":"Restoring"/);

    // A word with it, as people add one, is no reason not to understand.
    await signal(running, 'pause', '--input', '{"reason":"maintenance"}');
    const paused = await untilPaused(name);
    assert.match(await query(paused, 'state'), /"paused":"PausedBySignal"/);
    const { acknowledged } = totalsOf(await readReportOf(paused));

    // Nothing goes on by itself, neither when the workflow is begun anew nor when somebody touches the Restore.
    await accelerate(name);
    await temporalWorkflow(paused, 'terminate', '--reason', 'test');
    await k('annotate', 'restore', name, 'example.org/touched=yes');
    await until(name, 'in the hands of another execution', ({ status: { workflow } }) => {
      return workflow?.id === paused.status.workflow?.id && workflow?.runId !== paused.status.workflow?.runId;
    });
    await sleep(5_000);
    const still = await untilPaused(name);
    assert.equal(totalsOf(await readReportOf(still)).acknowledged, acknowledged);

    await signal(still, 'resume');
    const done = await untilDone(name);
    assert.ok((done.status.resumedFrom ?? 0) >= acknowledged);
    assert.match(await query(done, 'progress'), /"acknowledgedRecords":8000/);
    await assertFlawless(data.bootstrap, topics);
    await forget(name);
  });

  test('paused while the Job is deleted it stays paused; signals of the wrong shape harm nobody; who resumed it is kept', async () => {
    const { name, topics } = await startRestore();
    const running = await untilRestored(name, 0.02);
    await signal(running, 'observed', '--input', '{"hash":1}');
    await signal(running, 'no-such-signal', '--input', '[]');
    await k('delete', 'job', jobOf(running), '--wait=false');
    const whoPaused = 'somebody.else@example.org';
    await signal(running, 'pause', '--identity', whoPaused);
    const paused = await untilPaused(name);
    // One that is told to end notes what was acknowledged until then.
    await untilPodsHaveLeft(name);
    const { acknowledged } = totalsOf(await readReportOf(paused));
    await accelerate(name);
    await sleep(3_000);
    const still = await readRestore(name);
    assert.equal(still.status.phase, 'Paused');
    assert.equal(totalsOf(await readReportOf(still)).acknowledged, acknowledged);
    const identity = 'somebody@example.org';
    await signal(paused, 'resume', '--identity', identity);
    const done = await untilDone(name);
    assert.ok((done.status.resumedFrom ?? 0) >= acknowledged);
    const { signals } = await readAuditOf(done);
    assert.deepEqual(
      signals?.map(({ signal: name, by }) => [name, by]),
      [
        ['pause', whoPaused],
        ['resume', identity],
      ],
    );
    await assertFlawless(data.bootstrap, topics);
    await forget(name);
  });

  test('in the Web UI a Restore is one workflow id with a chain of executions, and says what it does', async () => {
    await installBrowser();
    const { name, topics } = await startRestore();
    const first = await untilRestored(name, 0.02);
    await k('delete', 'job', jobOf(first));
    const second = await untilAttemptAfter(name, 1);
    const workflow = second.status.workflow?.id ?? '';
    assert.equal(first.status.workflow?.id, workflow);
    const id = encodeURIComponent(workflow);
    const runId = second.status.workflow?.runId ?? '';

    await inWebUi(async (ui) => {
      await ui.open(`workflows?query=${encodeURIComponent(`RestoreName="${name}"`)}`);
      assert.deepEqual(await ui.workflowsInRows([/Running/, /Continued/], 'workflows'), [workflow, workflow]);
      await ui.open(`workflows/${id}/${runId}/history`);
      await ui.shows(/attempt 2: restore for up to 60 s/, 'history');
      await ui.open(`workflows/${id}/${runId}/user-metadata`);
      await ui.shows(/attempt 2, Job/, 'details', 'markdown');
    });

    await accelerate(name);
    await k('delete', 'job', jobOf(second));
    await untilDone(name);
    await assertFlawless(data.bootstrap, topics);
    await forget(name);
  });
});
