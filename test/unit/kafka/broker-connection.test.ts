// A connection either answers or is given up: nothing hangs, nothing is sent after it was given up, and the person
// reads which broker and why.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import { BrokerConnection } from '../../../src/kafka/broker-connection.ts';
import { connectionSettings } from '../../../src/kafka/properties.ts';
import type { Request } from '../../../src/kafka/request.ts';
import { createLogger } from '../../../src/telemetry/log.ts';
import { certificate, ScriptedBroker } from './scripted-broker.ts';

const MEBIBYTE = 1024 * 1024;

const started: ScriptedBroker[] = [];
after(() => started.forEach((broker) => broker.stop()));

async function start(...args: Parameters<typeof ScriptedBroker.start>): Promise<ScriptedBroker> {
  const broker = await ScriptedBroker.start(...args);
  started.push(broker);
  return broker;
}

async function connect(port: number, properties: Record<string, string> = {}): Promise<BrokerConnection> {
  const settings = connectionSettings({ 'bootstrap.servers': 'unused', ...properties });
  return BrokerConnection.open({ host: '127.0.0.1', port, nodeId: 1 }, settings, createLogger());
}

/** A request that carries these bytes and reads a number back. */
function carrying(bytes: Buffer): Request<number> {
  return {
    api: 'Test',
    key: 60,
    version: 0,
    encode: (writer) => void writer.raw(bytes),
    decode: (reader) => reader.int32(),
  };
}

function number(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

test('Requests are sent in order without waiting for answers, and each gets its own', async () => {
  const arrived: number[] = [];
  const broker = await start(({ correlationId, body }, answer) => {
    arrived.push(body.length);
    setTimeout(() => answer(correlationId, number(body.length)), 20);
  });
  const connection = await connect(broker.port);
  const sizes = [3, 100_000, 7, 2_000];
  const answers = await Promise.all(sizes.map((size) => connection.send(carrying(Buffer.alloc(size)))));
  assert.deepEqual([arrived, answers], [sizes, sizes]);
  connection.reset();
});

test('A request without an answer in time closes the connection, and every request on it says so', async () => {
  const broker = await start(() => undefined);
  const connection = await connect(broker.port, { 'socket.timeout.ms': '150' });
  const expected = {
    reason: 'KafkaUnreachable',
    message: /127\.0\.0\.1:\d+ cannot be reached: Test v0 was not answered within 150 ms/,
  };
  const requests = [connection.send(carrying(number(1))), connection.send(carrying(number(2)))];
  await Promise.all(requests.map((request) => assert.rejects(request, expected)));
  assert.ok(connection.closed);
  assert.match((await connection.onceClosed).message, /not answered/);
});

test('A request that waits for its turn behind a slow one is not late', async () => {
  const broker = await start(({ correlationId }, answer) => {
    setTimeout(() => answer(correlationId, number(1)), 300 * (1 + correlationId));
  });
  const connection = await connect(broker.port, { 'socket.timeout.ms': '800' });
  const slow = Array.from({ length: 4 }, () => connection.send(carrying(number(1))));
  assert.equal((await Promise.all(slow)).length, 4);
  connection.reset();
});

test('A broker that closes the connection ends its requests', async () => {
  const broker = await start((_request, _answer, socket) => void socket.end());
  const connection = await connect(broker.port);
  await assert.rejects(connection.send(carrying(number(1))), { reason: 'KafkaUnreachable' });
  await connection.onceClosed;
  await assert.rejects(connection.send(carrying(number(1))), { reason: 'KafkaUnreachable' });
});

const throttling: Request<void> = { ...carrying(number(1)), decode: (reader) => reader.throttleTime() };
const throttlingError: Request<void> = {
  ...carrying(number(1)),
  decode: (reader) => {
    reader.throttleTime();
    throw new RangeError('the broker answered an error');
  },
};
for (const [outcome, request] of [
  ['a response', throttling],
  ['an error', throttlingError],
] as const) {
  test(`A broker that asks for a pause with ${outcome} gets it (KIP-219)`, async () => {
    const arrived: number[] = [];
    const broker = await start(({ correlationId }, answer) => {
      arrived.push(performance.now());
      answer(correlationId, number(250));
    });
    const connection = await connect(broker.port);
    await connection.send(request).catch((error: unknown) => assert.ok(error instanceof RangeError));
    await Promise.all([connection.send(carrying(number(2))), connection.send(carrying(number(3)))]);
    const [first = 0, second = 0] = arrived;
    assert.ok(second - first >= 240, `sent again after ${second - first} ms`);
    connection.reset();
  });
}

for (const encrypted of [false, true]) {
  test(`A reset recalls what the broker has not read${encrypted ? ', with TLS too' : ''}`, async () => {
    const broker = await start(() => undefined, { tls: encrypted });
    const security = { 'security.protocol': 'ssl', 'ssl.ca.pem': certificate };
    const connection = await connect(broker.port, encrypted ? security : {});
    const [peer] = broker.sockets;
    assert.ok(peer !== undefined);
    // The frozen broker: its operating system takes bytes, it reads none.
    peer.pause();
    const before = peer.bytesRead;
    const refused = assert.rejects(connection.send(carrying(Buffer.alloc(16 * MEBIBYTE))), {
      reason: 'KafkaUnreachable',
    });
    await sleep(100);
    connection.reset();
    await refused;
    await sleep(100);
    peer.resume();
    if (!peer.closed) await new Promise((resolve) => peer.once('close', resolve));
    const read = peer.bytesRead - before;
    assert.ok(read < MEBIBYTE, `the broker still got ${read} bytes`);
  });
}

test('A version that the broker does not serve is refused with what it serves', async () => {
  const broker = await start(() => undefined);
  const connection = await connect(broker.port);
  await assert.rejects(connection.send({ ...carrying(number(1)), version: 100 }), {
    reason: 'InvalidConfiguration',
    message: /does not serve version 100 of Test \(in versions 0 to 99\)/,
  });
  connection.reset();
});

test('Nobody there: the address and the cause', async () => {
  const broker = await ScriptedBroker.start(() => undefined);
  broker.stop();
  await assert.rejects(connect(broker.port), {
    reason: 'KafkaUnreachable',
    message: /127\.0\.0\.1:\d+ .*ECONNREFUSED/,
  });
});

test('A certificate that nobody vouches for is refused by us', async () => {
  const broker = await start(() => undefined, { tls: true });
  await assert.rejects(connect(broker.port, { 'security.protocol': 'ssl' }), {
    reason: 'KafkaUnreachable',
    message: /self-signed certificate/,
  });
});
