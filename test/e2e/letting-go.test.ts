// A person who deletes a Restore does not wait for ever for a cluster that is gone: after two minutes it is let go, and an
// event says how its topics get their own configuration back. The command is right.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { restoreUidLabel } from '../../src/model/children.ts';
import { e2eDataset, eventHubObject, type Dataset } from '../support/e2e-data.ts';
import { eventually } from '../support/eventually.ts';
import { kafkaTool } from '../support/java.ts';
import { unusedName } from '../support/kafka.ts';
import { startPodsKafka, type PodsKafka } from '../support/pods-kafka.ts';
import { apply, exists, k, restoreObject, untilRestored } from '../support/restores.ts';
import { temporalWorkflow } from '../support/temporal-cli.ts';

const eventList = z.object({ items: z.array(z.object({ message: z.string() })) });

/** So slow that it is not Done, and its topic guarded, whenever its cluster goes: it would last four minutes. */
const CRAWLING = 10_000;

let kafka: PodsKafka;
let data: Dataset;
before(async () => {
  kafka = await startPodsKafka('e2e-letting-go');
  data = await e2eDataset({ records: 8_000, packages: 500, bootstrap: kafka.host });
});
after(() => kafka.stop());

const ofTopic = (topic: string): string[] => [
  ...['--bootstrap-server', kafka.host, '--entity-type', 'topics', '--entity-name', topic],
];

/** What is set on the topic itself. */
async function configurationOf(topic: string): Promise<string[]> {
  const [, ...set] = (await kafkaTool('ConfigCommand', ['--describe', ...ofTopic(topic)])).trim().split('\n');
  return set;
}

test('deleted while its cluster is gone', async () => {
  const name = unusedName('gone');
  const target = `${name}-records`;
  await apply(eventHubObject(name, kafka.pods));
  const topics = [{ source: data.records, target }];
  await apply(restoreObject({ name, sink: name, source: data.archive, topics, maxBytesPerSecond: CRAWLING }));
  const restore = await untilRestored(name, 0.02);
  assert.notDeepEqual(await configurationOf(target), await configurationOf(data.records), 'it is not guarded');

  await kafka.broker.kill();
  await k('delete', 'restore', name, '--timeout=200s');
  assert.ok(!(await exists('Restore', name)));
  const status = await temporalWorkflow(restore, 'describe', '--output', 'json');
  assert.match(status, /"status": *"WORKFLOW_EXECUTION_STATUS_(TERMINATED|COMPLETED)"/);
  await k('wait', 'jobs', '-l', `${restoreUidLabel}=${restore.metadata.uid}`, '--for=delete', '--timeout=60s');

  const about = `reason=ConfigurationNotPutBack,involvedObject.name=${name}`;
  const { items } = eventList.parse(JSON.parse(await k('get', 'events', '--field-selector', about, '-o', 'json')));
  const [, options] = /entity-name \S+ (.*)$/.exec(items.map(({ message }) => message).join('\n')) ?? [];
  assert.ok(options, `no event says what to run: ${JSON.stringify(items)}`);
  await kafka.broker.start();
  await kafka.broker.untilReady();
  await kafkaTool('ConfigCommand', ['--alter', ...ofTopic(target), ...options.replaceAll("'", '').split(' ')]);
  const own = await configurationOf(data.records);
  await eventually('the topic has its own configuration', async () =>
    isDeepStrictEqual(await configurationOf(target), own),
  );
  await k('delete', 'eventhub.rekindle.dev', name);
});
