// A scan whose memory is used again shows every batch as it is in the log, while the next answer is already on its way.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { FetchBuffers } from '../../../src/engine/fetch-buffers.ts';
import { scan } from '../../../src/engine/scan.ts';
import type { BrokerConnection } from '../../../src/kafka/cluster.ts';
import { parseHeader } from '../../../src/kafka/record-batch.ts';
import type { Request } from '../../../src/kafka/request.ts';
import { ResponseReader } from '../../../src/kafka/wire/reader.ts';
import { goldenBatch } from '../kafka/golden.ts';
import { fetchAnswer } from './scripted-log.ts';

const first = goldenBatch('none');
const records = parseHeader(first).lastOffsetDelta + 1;

/** The batch at its place in a log of such batches. */
function batchAt(index: number): Buffer {
  const batch = Buffer.from(first);
  batch.writeBigInt64BE(BigInt(index * records), 0);
  return batch;
}

/** A broker that answers at once with the next batch, where it is wanted if it fits there. */
function brokerOf(batches: number): {
  connection: BrokerConnection;
  memory: Set<ArrayBufferLike>;
  /** How long the broker may take for each answer, in ms. */
  times: (number | undefined)[];
} {
  const memory = new Set<ArrayBufferLike>();
  const times: (number | undefined)[] = [];
  let next = 0;
  const send = <T>(request: Request<T>): Promise<T> => {
    assert.ok(next < batches, 'asked for more than there is');
    times.push(request.brokerTimeMs);
    const answer = fetchAnswer(batchAt(next++));
    const { into } = request;
    const fits = into !== undefined && into.length >= answer.length;
    const payload = fits ? into.subarray(0, answer.copy(into)) : answer;
    memory.add(payload.buffer);
    return Promise.resolve(request.decode(new ResponseReader(payload)));
  };
  return { connection: { send } as unknown as BrokerConnection, memory, times };
}

const place = { topic: 'topic', partition: 0 };

/** The batches that a scan shows, each looked at when what was read ahead has long come. */
async function scanned(connection: BrokerConnection, end: number, again?: FetchBuffers): Promise<Buffer[]> {
  const batches: Buffer[] = [];
  for await (const { bytes } of scan(connection, place, 0, end, first.length, again)) {
    await turn();
    batches.push(Buffer.from(bytes));
  }
  return batches;
}

const log = [0, 1, 2, 3, 4, 5].map(batchAt);

test('two answers share the memory of all of them', async () => {
  const { connection, memory } = brokerOf(log.length);
  assert.deepEqual(await scanned(connection, log.length * records, new FetchBuffers(first.length)), log);
  assert.equal(memory.size, 2);
});

test('what does not fit gets memory of its own', async () => {
  const { connection } = brokerOf(log.length);
  const tooSmall = { next: () => Buffer.alloc(first.length) } as unknown as FetchBuffers;
  assert.deepEqual(await scanned(connection, log.length * records, tooSmall), log);
});

test('a broker is given time to get each answer from remote storage', async () => {
  const { connection, times } = brokerOf(log.length);
  await scanned(connection, log.length * records);
  assert.deepEqual(
    times.map((ms) => ms !== undefined && ms > 0),
    log.map(() => true),
  );
});
