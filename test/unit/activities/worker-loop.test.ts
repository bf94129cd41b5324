// Workers whose server is away remember why, for whoever asks.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WorkerLoop } from '../../../activities/worker-loop.ts';
import { createLogger } from '../../../src/telemetry/log.ts';
import { eventually } from '../../support/eventually.ts';

const logger = createLogger();
logger.level = 'silent';

test('a server that is not there', async () => {
  // Nobody listens on this port.
  const workers = new WorkerLoop({ address: '127.0.0.1:1', namespace: 'default', workers: [], logger });
  assert.equal(workers.trouble, null);
  workers.start();
  await eventually('it is known why', () => workers.trouble !== null).finally(() => workers.stop());
  assert.match(String(workers.trouble), /Connection refused/);
  assert.equal(workers.connection, null);
});
