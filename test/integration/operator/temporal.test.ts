// What the operator tells a workflow never starts one: one that has just closed stays closed until somebody decides otherwise.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { Socket } from 'node:net';
import { after, before, beforeEach, test } from 'node:test';
import { NativeConnection } from '@temporalio/worker';
import { readStack } from '../../../deploy/dev/state.ts';
import { sealed } from '../../../src/model/observation.ts';
import { TemporalGateway } from '../../../src/operator/temporal.ts';
import type { TemporalGatewayOptions } from '../../../src/operator/temporal.ts';
import { eventually } from '../../support/eventually.ts';
import { picture } from '../../unit/model/pictures.ts';

const { temporal } = readStack('temporal');
const observed = sealed(picture());
const status = { conditions: [] };

const gatewayTo = (options: Partial<TemporalGatewayOptions> = {}): TemporalGateway =>
  new TemporalGateway({
    ...{ connection: () => connection, address: temporal.address.host, namespace: temporal.namespace },
    ...{ trouble: () => null, taskQueue: `test-${randomUUID()}`, ...options },
  });

let connection: NativeConnection;
let gateway: TemporalGateway;
let restore: { namespace: string; name: string; uid: string };
before(async () => {
  connection = await NativeConnection.connect({ address: temporal.address.host });
  gateway = gatewayTo();
});
after(() => connection.close());
beforeEach(() => {
  restore = { namespace: 'ns', name: 'orders', uid: randomUUID() };
});

test('of a Restore that never had a workflow nothing is known, and telling it something starts none', async () => {
  assert.equal(await gateway.describe(restore), null);
  await gateway.signal(restore, observed);
  assert.equal(await gateway.describe(restore), null);
});

test('a workflow that was started is open, and has acknowledged nothing yet', async () => {
  await gateway.start(restore, status, observed);
  const described = await gateway.describe(restore);
  assert.deepEqual(described?.execution, { open: true, completed: false, closedAt: null, acknowledged: null });
  assert.deepEqual([described.progress, described.unfetched], [null, null]);
  assert.equal(described.due?.namespace, temporal.namespace, 'nobody has done its first step');
  await gateway.terminate(restore, 'the test is over');
});

test('telling a workflow that has closed something leaves it closed; starting it makes a new execution', async () => {
  await gateway.start(restore, status, observed);
  await gateway.terminate(restore, 'somebody cleans up');
  await gateway.signal(restore, observed);
  const closed = await gateway.describe(restore);
  assert.equal(closed?.execution.open, false);
  assert.equal(closed.execution.completed, false);
  assert.ok((closed.execution.closedAt ?? 0) > 0);

  await gateway.start(restore, status, observed);
  assert.equal((await gateway.describe(restore))?.execution.open, true);
  await gateway.terminate(restore, 'the test is over');
});

test('starting twice is starting once', async () => {
  await gateway.start(restore, status, observed);
  await gateway.start(restore, status, observed);
  await gateway.terminate(restore, 'the test is over');
  assert.equal((await gateway.describe(restore))?.execution.open, false);
});

test('the Restores of open workflows are found, those of closed ones are not', async () => {
  const other = { ...restore, uid: randomUUID() };
  await gateway.start(restore, status, observed);
  await gateway.start(other, status, observed);
  await gateway.terminate(other, 'somebody cleans up');
  const found = async (): Promise<string[]> => (await gateway.openRestores()).map(({ uid }) => uid);
  await eventually('the index has it', async () => (await found()).includes(restore.uid));
  await eventually('and not the other', async () => !(await found()).includes(other.uid));
  await gateway.terminate(restore, 'the test is over');
});

test('without a connection it says that Temporal is away', async () => {
  const away = gatewayTo({ connection: () => null, address: 'temporal:7233' });
  await assert.rejects(away.describe(restore), { reason: 'TemporalUnreachable', message: /temporal:7233/ });
});

test('a server that has gone does not answer, and that is said of its address', async () => {
  const sockets: Socket[] = [];
  const { hostname, port } = new URL(`tcp://${temporal.address.host}`);
  const between = createServer((client) => {
    const server = connect(Number(port), hostname);
    sockets.push(client, server);
    for (const socket of [client, server]) socket.on('error', () => undefined);
    client.pipe(server).pipe(client);
  }).listen(0, '127.0.0.1');
  await once(between, 'listening');
  const address = between.address();
  assert.ok(address !== null && typeof address === 'object');
  const through = await NativeConnection.connect({ address: `127.0.0.1:${address.port}` });
  const gone = gatewayTo({ connection: () => through, address: 'temporal:7233' });
  assert.equal(await gone.describe(restore), null);

  between.close();
  for (const socket of sockets) socket.destroy();
  await assert.rejects(gone.describe(restore), { reason: 'TemporalUnreachable', message: /at temporal:7233 does not/ });
  await through.close();
});

test('what Temporal does not do is its refusal, in its own words', async () => {
  const elsewhere = gatewayTo({ namespace: 'nobody-made-it' });
  await assert.rejects(elsewhere.describe(restore), { reason: 'TemporalRefused', message: /nobody-made-it/ });
});
