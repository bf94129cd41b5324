// A restore with a password that the brokers ask for again every second and a half: it goes on beside what is on its way,
// and is read back. A wrong password is refused by that name.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { RestoreRun } from '../../../src/engine/run.ts';
import { KafkaCluster } from '../../../src/kafka/cluster.ts';
import { RekindleError } from '../../../src/model/reasons.ts';
import { createLogger } from '../../../src/telemetry/log.ts';
import { assertFlawless } from '../../support/flawless.ts';
import { unusedName } from '../../support/kafka.ts';
import { openRun, patiently } from '../../support/open-run.ts';
import { startProxiedKafka, type ProxiedKafka } from '../../support/proxied-kafka.ts';
import { backup } from '../../support/rekindle.ts';
import { brokerAsking, clientGiving } from '../../support/sasl.ts';
import { writeRecords } from '../../support/topics.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const source = 'sasl-source';
const user = 'rekindle';
const password = 'as told to the broker';
const logger = createLogger();
logger.level = 'silent';

let kafka: ProxiedKafka;
let folder: string;
before(async () => {
  kafka = await startProxiedKafka({
    name: 'sasl-test',
    properties: {
      ...brokerAsking({ user, password }),
      // kafkajs gives the password again ten seconds before it would be asked for.
      'connections.max.reauth.ms': '11500',
    },
  });
  folder = await temporaryFolder('sasl');
  await writeRecords({ bootstrap: kafka.direct, topic: source, records: 20_000, partitions: 4, recordBytes: 300 });
  await backup({ from: kafka.direct, to: `file:${join(folder, 'archive')}`, topics: [source] });
});
after(() => kafka.stop());

const properties = (secret: string): Record<string, string> => ({
  'bootstrap.servers': kafka.proxied,
  ...clientGiving({ user, password: secret }),
});

const open = (target: string, secret: string): Promise<RestoreRun> =>
  openRun({
    ...{ name: target, archive: join(folder, 'archive'), report: join(folder, target) },
    kafka: properties(secret),
    topics: [{ source, target }],
    limits: { bytesPerSecond: 1_000_000 },
    proof: 'ReadBack',
  });

test('the whole of a restore, for as long as four passwords are good', async () => {
  const target = unusedName('sasl');
  const run = await open(target, password);
  const { claim, findings } = await run.preflight([]);
  assert.deepEqual(findings, []);
  await run.prepare(claim);
  assert.equal(await run.restore(patiently), 'done');
  assert.equal((await run.prove(patiently.signal)).records, 20_000);
  await run.finish();
  await run.close();
  await assertFlawless(kafka.direct, [{ source, target }]);
});

test('a connection that is cut, wherever, while the password is given is no wrong password', async () => {
  const proxy = kafka.brokers[0]?.clients ?? assert.fail('there is no broker');
  let cuts = 0;
  for (let bytes = 1, connected = false; !connected; bytes += 3) {
    const cut = proxy.cutAfter('toClient', bytes).then(() => (cuts += 1));
    try {
      const cluster = await KafkaCluster.connect(properties(password), { logger });
      await cluster.close();
      connected = true;
    } catch (error) {
      assert.ok(error instanceof RekindleError);
      assert.equal(error.reason, 'KafkaUnreachable', `after ${bytes} bytes: ${error.message}`);
    }
    await proxy.heal();
    await cut;
  }
  assert.ok(cuts > 100, `only ${cuts} cuts`);
});

test('a wrong password', async () => {
  const run = await open(unusedName('sasl-wrong'), 'another one');
  await assert.rejects(run.preflight([]), { reason: 'NotAuthorized', message: /refuses the credentials/ });
  await run.close();
});
