// Brokers before 3.6 append what comes, without a question to the coordinator. What a dead process had on its way is refused
// all the same, and no batch is appended without the one before it; a restore that lacks either rule goes wrong there.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { makeMutant } from '../chaos/mutant.ts';
import { mutations } from '../chaos/mutations.ts';
import { startArchivedSource } from '../support/archived-source.ts';
import { kafkaTool } from '../support/java.ts';
import { KAFKA_BEFORE_3_6, unusedName } from '../support/kafka.ts';
import { reportOf, untilNoted } from '../support/noted.ts';
import type { ProxiedKafka } from '../support/proxied-kafka.ts';
import type { Proxy } from '../support/proxy.ts';
import { restore, startRestore, type RestoreArguments } from '../support/rekindle.ts';
import { compareTopics, type Flaws } from '../support/topics.ts';

const source = 'before-3.6-source';
const PARTITIONS = 4;
/** So little that most partitions wait for seconds until their first batch may go. Bytes per second. */
const TRICKLE = 20_000;

let kafka: ProxiedKafka;
let proxy: Proxy;
let folder = '';
let from = '';
before(async () => {
  const data = { source, records: 30_000, partitions: PARTITIONS };
  const name = 'before-3.6-test';
  ({ kafka, proxy, folder, from } = await startArchivedSource({ name, version: KAFKA_BEFORE_3_6, ...data }));
});
after(() => kafka.stop());

interface Case {
  readonly args: RestoreArguments;
  readonly target: string;
}

/** Goes through the case with this program, to the end. @returns what is wrong in the target @throws what the restore says */
type Story = (program?: string) => Promise<Flaws>;

function newCase(name: string, program: string | undefined): Case {
  const target = unusedName(name);
  const args = { from, to: kafka.proxied, topics: [`${source}=${target}`], report: join(folder, target) };
  return { target, args: program === undefined ? args : { ...args, program } };
}

/** As an independent reader finds the target. */
async function flawsOf(target: string): Promise<Flaws> {
  const pairs = [{ source, target }];
  const { missing, duplicates, outOfOrder, different, foreign } = await compareTopics({
    bootstrap: kafka.direct,
    pairs,
  });
  return { missing, duplicates, outOfOrder, different, foreign };
}

/** What a dead process had sent arrives when its successor has looked at the log, and has not written everywhere yet. */
const late: Story = async (program) => {
  const { args, target } = newCase('late', program);
  const first = startRestore({ ...args, maxBytesPerSecond: 1_000_000 });
  const dead = first.catch(() => undefined);
  const { producer } = await untilNoted(args, 0.3);
  const arrive = proxy.holdBack();
  await sleep(500);
  first.kill('SIGKILL');
  await dead;

  const second = startRestore({ ...args, maxBytesPerSecond: TRICKLE });
  const killed = second.catch(() => undefined);
  while ((await reportOf(args)).producer?.producerEpoch === producer?.producerEpoch) {
    assert.equal(second.exitCode, null, 'it ended before it could take over');
    await sleep(20);
  }
  arrive();
  await sleep(1_000);
  second.kill('SIGKILL');
  await killed;
  await restore(args);
  return await flawsOf(target);
};

/** The first batch is refused for want of replicas; when the next one comes, there are enough. */
const refusedFirst: Story = async (program) => {
  const { args, target } = newCase('refused-first', program);
  const on = ['--bootstrap-server', kafka.direct];
  const wanted = (replicas: number): string => `min.insync.replicas=${replicas}`;
  const topic = ['--topic', target, '--partitions', `${PARTITIONS}`, '--replication-factor', '1'];
  const configs = ['retention.ms=-1', 'max.message.bytes=2000000', wanted(2)];
  await kafkaTool('TopicCommand', [...on, '--create', ...topic, ...configs.flatMap((each) => ['--config', each])]);
  const held = proxy.holdBackAfterProduce();
  const running = restore(args);
  const ended = running.catch(() => undefined);
  const arrive = await held;
  const entity = ['--entity-type', 'topics', '--entity-name', target];
  await kafkaTool('ConfigCommand', [...on, '--alter', ...entity, '--add-config', wanted(1)]);
  arrive();
  await ended;
  await running;
  return await flawsOf(target);
};

const flawless: Flaws = { missing: 0, duplicates: 0, outOfOrder: 0, different: 0, foreign: 0 };

const stories = { 'no fencing commit': late, 'not alone at first': refusedFirst } as const;

/** What the restore says against it, or what is wrong in the target where it has said Done. */
type Failure = { said: string } | { flaws: Flaws };

/** Null if there was none. On a slow machine the moment that it takes may be missed: so it is tried again. */
async function failureOf(story: Story, program: string): Promise<Failure | null> {
  for (let tries = 1; tries <= 3; tries++) {
    const ended: Failure = await story(program).then(
      (flaws) => ({ flaws }),
      (error: unknown) => ({ said: String(error) }),
    );
    if ('said' in ended || Object.values(ended.flaws).some((records) => records > 0)) return ended;
  }
  return null;
}

for (const name of Object.keys(stories) as (keyof typeof stories)[]) {
  test(`${name}: it fails where the right one does not`, async () => {
    assert.deepEqual(await stories[name](), flawless);
    const mutant = await makeMutant(mutations[name]);
    const failure = await failureOf(stories[name], mutant);
    assert.ok(failure !== null, 'it does not fail');
    if ('said' in failure) assert.match(failure.said, /^(LedgerRepeat|LedgerHole): /m);
    else assert.ok(failure.flaws.duplicates + failure.flaws.outOfOrder > 0, JSON.stringify(failure.flaws));
  });
}
