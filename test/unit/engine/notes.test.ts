// Acknowledged positions are noted every second, and sooner when much was acknowledged: a takeover reads no more than that.
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import type { Journal } from '../../../src/engine/journal.ts';
import { Notes } from '../../../src/engine/notes.ts';
import { RekindleError } from '../../../src/model/reasons.ts';

const MIB = 1024 * 1024;

interface Sending {
  /** Acknowledged in all. */
  bytes: number;
  written: number;
  failures: number;
  notes: Notes;
  /** So many milliseconds pass. */
  pass: (ms: number) => Promise<void>;
}

/** Batches are being sent, by a clock of the test's own. */
function sending(t: TestContext, write: () => Promise<void> = () => Promise.resolve()): Sending {
  let now = 1_000_000;
  t.mock.method(performance, 'now', () => now);
  t.mock.timers.enable({ apis: ['setInterval'] });
  const stage = { bytes: 0, written: 0, failures: 0 };
  const journal = {
    stillOurs: () => Promise.resolve(),
    write: () => write().then(() => void (stage.written += 1)),
  } as unknown as Journal;
  const notes = new Notes(
    journal,
    () => stage.bytes,
    () => (stage.failures += 1),
  );
  const pass = async (ms: number): Promise<void> => {
    for (let passed = 0; passed < ms; passed += 100) {
      now += 100;
      t.mock.timers.tick(100);
      await setImmediate();
    }
  };
  return Object.assign(stage, { notes, pass });
}

test('every second, however little was acknowledged', async (t) => {
  const stage = sending(t);
  await stage.pass(900);
  assert.equal(stage.written, 0);
  await stage.pass(100);
  assert.equal(stage.written, 1);
  await stage.pass(5_000);
  assert.equal(stage.written, 6);
});

test('at once when 256 MiB were acknowledged since the last note, and not again before as many more were', async (t) => {
  const stage = sending(t);
  stage.bytes = 256 * MIB - 1;
  await stage.pass(100);
  assert.equal(stage.written, 0);
  stage.bytes += 1;
  await stage.pass(100);
  assert.equal(stage.written, 1);
  stage.bytes += 255 * MIB;
  await stage.pass(800);
  assert.equal(stage.written, 1);
  stage.bytes += MIB;
  await stage.pass(100);
  assert.equal(stage.written, 2);
});

test('no more once all is quiet', async (t) => {
  const stage = sending(t);
  stage.notes.end();
  stage.bytes = 1_000 * MIB;
  await stage.pass(2_000);
  assert.equal(stage.written, 0);
});

test('what could not be noted is told, and why', async (t) => {
  const full = new RekindleError('ReportUnwritable', 'full');
  const stage = sending(t, () => Promise.reject(full));
  await stage.pass(1_000);
  assert.equal(stage.failures, 1);
  assert.equal(stage.notes.failure, full);
});
