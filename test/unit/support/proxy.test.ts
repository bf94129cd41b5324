// The proxy passes bytes as they are, counts them, and fails in exactly the way it was told.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { afterEach, beforeEach, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Proxy } from '../../support/proxy.ts';

/** Long enough for bytes to pass on a busy machine if they could: only absence is waited for with it. */
const A_WHILE_MS = 100;

/** Sends back what it gets and remembers it. */
class Echo {
  readonly server = createServer({ allowHalfOpen: true });
  received = Buffer.alloc(0);

  async open(): Promise<number> {
    this.server.on('connection', (socket) => {
      socket.on('error', () => undefined);
      socket.on('data', (chunk: Buffer) => {
        this.received = Buffer.concat([this.received, chunk]);
        socket.write(chunk);
      });
      socket.on('end', () => socket.end());
    });
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    return (this.server.address() as AddressInfo).port;
  }
}

/** Remembers what it gets and how the connection ends: `end`, or an error's code. */
class Client {
  readonly socket: Socket;
  received = Buffer.alloc(0);
  readonly ended: Promise<string>;

  constructor(port: number) {
    this.socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    const { promise, resolve } = Promise.withResolvers<string>();
    this.ended = promise;
    this.socket.on('data', (chunk: Buffer) => (this.received = Buffer.concat([this.received, chunk])));
    this.socket.on('end', () => resolve('end'));
    this.socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
  }

  async receives(bytes: number): Promise<Buffer> {
    while (this.received.length < bytes) await once(this.socket, 'data');
    return this.received;
  }
}

let echo: Echo;
let proxy: Proxy;
let clients: Client[];

beforeEach(async () => {
  echo = new Echo();
  proxy = await Proxy.open(await echo.open());
  clients = [];
});

afterEach(() => {
  for (const { socket } of clients) socket.destroy();
  proxy.close();
  echo.server.close();
});

function open(): Client {
  const client = new Client(proxy.port);
  clients.push(client);
  return client;
}

/** A request that is no Produce request: the counter lets it pass. */
function message(bytes: number): Buffer {
  const sent = randomBytes(bytes);
  sent.writeInt32BE(bytes - 4, 0);
  sent.writeInt16BE(1, 4);
  return sent;
}

test('passes bytes unchanged both ways and counts them', async () => {
  const client = open();
  const sent = message(1_000_000);
  client.socket.end(sent);
  assert.equal(await client.ended, 'end');
  assert.ok(sent.equals(client.received));
  assert.deepEqual([proxy.bytes('toBroker'), proxy.bytes('toClient')], [sent.length, sent.length]);
  assert.equal(proxy.produced.requests, 0);
});

test('a stall holds one direction only, and what it held goes on afterwards', async () => {
  const client = open();
  proxy.stall('toClient');
  client.socket.write(message(1_000));
  while (echo.received.length < 1_000) await sleep(1);
  await sleep(A_WHILE_MS);
  assert.equal(client.received.length, 0);
  proxy.flow('toClient');
  assert.equal((await client.receives(1_000)).length, 1_000);
});

test('a delay holds bytes back for so long', async () => {
  const client = open();
  proxy.delay('toBroker', 150);
  const start = performance.now();
  client.socket.write(message(100));
  await client.receives(100);
  // A timer may fire up to a millisecond early.
  assert.ok(performance.now() - start >= 149);
});

test('cuts after exactly so many bytes to the broker; the next connection works', async () => {
  const client = open();
  const other = open();
  other.socket.write(message(10));
  await other.receives(10);
  echo.received = Buffer.alloc(0);

  // Few enough for the broker's receive buffer: a reset drops what has not got there yet.
  const cut = proxy.cutAfter('toBroker', 30_001);
  const sent = message(100_000);
  client.socket.write(sent);
  await cut;
  assert.equal(await other.ended, 'ECONNRESET');
  assert.match(await client.ended, /ECONNRESET|EPIPE/);
  while (echo.received.length < 30_001) await sleep(1);
  await sleep(A_WHILE_MS);
  assert.ok(sent.subarray(0, 30_001).equals(echo.received));

  const again = open();
  again.socket.write(message(10));
  assert.equal((await again.receives(10)).length, 10);
});

test('cuts after exactly so many bytes to the client: the broker has all, the answer is lost', async () => {
  const client = open();
  const cut = proxy.cutAfter('toClient', 7);
  client.socket.write(message(1_000));
  await cut;
  assert.equal(await client.ended, 'end');
  assert.equal(client.received.length, 7);
  assert.equal(echo.received.length, 1_000);
});

test('a cut resets what is open', async () => {
  const client = open();
  client.socket.write(message(10));
  await client.receives(10);
  proxy.cut();
  assert.equal(await client.ended, 'ECONNRESET');
});

for (const death of ['end', 'resetAndDestroy'] as const) {
  test(`what is held back arrives when its client is long dead (${death}), while others are served`, async () => {
    const dead = open();
    dead.socket.write(message(10));
    await dead.receives(10);
    const release = proxy.holdBack();
    const late = message(10_000);
    dead.socket.write(late);
    await sleep(A_WHILE_MS);
    dead.socket[death]();

    const client = open();
    client.socket.write(message(10));
    await client.receives(10);
    await sleep(A_WHILE_MS);
    const before = echo.received;
    assert.equal(before.length, 20);
    release();
    while (echo.received.length < before.length + late.length) await sleep(1);
    assert.ok(late.equals(echo.received.subarray(before.length)));
  });
}

test('healed, everything passes again', async () => {
  const held = open();
  held.socket.write(message(10));
  await held.receives(10);
  proxy.holdBack();
  proxy.refuse();
  proxy.stall('toClient');
  proxy.delay('toBroker', 100_000);
  await sleep(1);
  const cut = proxy.cutAfter('toBroker', 1);
  await proxy.heal();
  await cut;
  held.socket.write(message(10));
  await held.receives(20);
  const client = open();
  client.socket.write(message(10));
  await client.receives(10);
});

test('refuses connections until told otherwise, on the same port; open ones stay', async () => {
  const old = open();
  old.socket.write(message(10));
  await old.receives(10);

  proxy.refuse();
  assert.equal(await open().ended, 'ECONNREFUSED');
  old.socket.write(message(10));
  await old.receives(20);

  await proxy.accept();
  const client = open();
  client.socket.write(message(10));
  assert.equal((await client.receives(10)).length, 10);
});

test('a client is let down when the broker is not there', async () => {
  echo.server.close();
  await once(echo.server, 'close');
  assert.equal(await open().ended, 'ECONNRESET');
});

test('a Produce request that cannot be counted makes the count an error', async () => {
  const client = open();
  const flexible = message(20);
  flexible.writeInt16BE(0, 4);
  flexible.writeInt16BE(12, 6);
  client.socket.write(flexible);
  await client.receives(20);
  assert.throws(() => proxy.produced, /Produce version 12/);
});
