// However the run of a pod ends, its report is closed once, the topics get their configuration back where they should, and
// nothing begins any more once the process was told to end.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PodRun } from '../../../activities/pod-run.ts';
import type { Run } from '../../../activities/pod-run.ts';
import type { ClosedReport, Closing } from '../../../activities/contract.ts';
import type { Claim } from '../../../src/model/claim.ts';
import { RekindleError } from '../../../src/model/reasons.ts';
import type { Report } from '../../../src/model/report.ts';
import { createLogger } from '../../../src/telemetry/log.ts';

const logger = createLogger();
logger.level = 'silent';

const claim: Claim = {
  clusterId: 'c',
  restore: { namespace: 'ns', name: 'orders', uid: 'u' },
  transactionalIds: [],
  producerIds: [],
  topics: [],
};
const progress = {
  ...{ acknowledgedRecords: 0, committedRecords: 0, acknowledgedBytes: 0, totalRecords: 0, totalBytes: 0 },
  ...{ provedRecords: 0, partitionsDone: 0, partitionsTotal: 0, waiting: null },
};
const opened = {
  ...{ epoch: 1, errand: false, delivery: 'Transactional' as const },
  ...{ resumedFromRecords: 0, totalRecords: 0, totalBytes: 0, partitions: 0 },
};

/** An engine that notes what is asked of it, and restores until it is stopped. */
class Engine implements Run {
  readonly opened = opened;
  readonly report = { hold: null, proof: null } as unknown as Report;
  readonly progress = progress;
  readonly asked: string[] = [];
  kept: string[] = [];
  kafkaIsAway = false;

  preflight: Run['preflight'] = () => Promise.resolve({ findings: [], claim });
  prepare: Run['prepare'] = () => Promise.resolve(claim);
  prove: Run['prove'] = () => Promise.reject(new Error('not here'));
  finish: Run['finish'] = () => Promise.resolve({ held: [] });
  audit: Run['audit'] = () => Promise.resolve({ written: false, why: 'not here' });

  noteImage: Run['noteImage'] = (imageId) => void this.asked.push(`runs ${imageId}`);

  restore: Run['restore'] = ({ signal }) => {
    this.asked.push('restore');
    return new Promise((resolve) => signal.addEventListener('abort', () => resolve('more')));
  };

  putBack: Run['putBack'] = (options) => {
    const { claims = [], unfinished = false } = options ?? {};
    this.asked.push(`put back${unfinished ? ', unfinished' : ''}, told of ${claims.length} claims`);
    const away = new RekindleError('KafkaUnreachable', 'away');
    return this.kafkaIsAway ? Promise.reject(away) : Promise.resolve({ held: [], kept: this.kept });
  };

  fail: Run['fail'] = ({ reason }) => {
    this.asked.push(`failed: ${reason}`);
    return Promise.resolve();
  };

  close: Run['close'] = (outcome = 'as it is') => {
    this.asked.push(`closed: ${outcome}`);
    return Promise.resolve();
  };
}

async function begun(engine: Engine, prepared = true): Promise<PodRun> {
  const run = new PodRun({ logger, open: () => Promise.resolve(engine) });
  await run.open(1);
  await run.preflight([]);
  if (prepared) await run.prepare(claim);
  return run;
}

const failed: Closing = { as: 'Failed', trouble: { reason: 'SegmentMissing', message: 'gone' } };

const closings: readonly [
  string,
  Closing,
  { prepared?: boolean; engine?: Partial<Engine> },
  { putBack: boolean; asked: string[] },
][] = [
  ['paused', { as: 'Paused' }, {}, { putBack: false, asked: ['closed: Paused'] }],
  ['deleted', { as: 'Deleted' }, {}, { putBack: true, asked: ['put back, told of 0 claims', 'closed: Deleted'] }],
  [
    'deleted before it had prepared anything, after a pod that had',
    { as: 'Deleted', claims: [claim] },
    { prepared: false },
    { putBack: true, asked: ['put back, told of 1 claims', 'closed: Deleted'] },
  ],
  [
    'deleted before anything was prepared',
    { as: 'Deleted' },
    { prepared: false },
    { putBack: false, asked: ['closed: Deleted'] },
  ],
  [
    'deleted while Kafka is away',
    { as: 'Deleted' },
    { engine: { kafkaIsAway: true } },
    { putBack: false, asked: ['put back, told of 0 claims', 'closed: Deleted'] },
  ],
  [
    'failed',
    failed,
    {},
    { putBack: true, asked: ['failed: SegmentMissing', 'put back, unfinished, told of 0 claims', 'closed: as it is'] },
  ],
  [
    'failed, and a topic stays guarded',
    failed,
    { engine: { kept: ['orders'] } },
    { putBack: false, asked: ['failed: SegmentMissing', 'put back, unfinished, told of 0 claims', 'closed: as it is'] },
  ],
];
for (const [what, closing, { prepared, engine: changes }, expected] of closings) {
  test(`closed as ${what}`, async () => {
    const engine = Object.assign(new Engine(), changes);
    const run = await begun(engine, prepared);
    const { putBack } = await run.close(closing);
    assert.deepEqual({ putBack, asked: engine.asked }, expected);
    assert.deepEqual(await run.ended, closing);
  });
}

test('closed before the report could be opened it has nothing to say', async () => {
  const run = new PodRun({ logger, open: () => Promise.reject(new RekindleError('ReportDamaged', 'torn')) });
  await assert.rejects(run.open(1));
  assert.deepEqual(await run.close(failed), {
    held: [],
    putBack: false,
    proof: null,
    progress: null,
  } satisfies ClosedReport);
});

test('which image it runs is noted as soon as it is told, in a report that is open', async () => {
  const engine = new Engine();
  const run = new PodRun({ logger, open: () => Promise.resolve(engine) });
  run.noteImage('sha256:1');
  await run.open(1);
  run.noteImage(null);
  run.noteImage('sha256:1');
  assert.deepEqual(engine.asked, ['runs sha256:1']);
});

test('a restore that is under way is stopped before the report is closed', async () => {
  const engine = new Engine();
  const run = await begun(engine);
  const restoring = run.restore();
  await run.close({ as: 'Paused' });
  assert.equal(await restoring, 'more');
  assert.deepEqual(engine.asked, ['restore', 'closed: Paused']);
});

test(
  'told to end, it flushes and closes the report, and what is asked of it then begins nothing',
  { timeout: 10_000 },
  async () => {
    const engine = new Engine();
    const run = await begun(engine);
    const restoring = run.restore();
    const ended = run.interrupt();
    assert.equal(await restoring, 'more');
    for (const ask of [() => run.restore(), () => run.open(1), () => run.prove(), () => run.close({ as: 'Done' })]) {
      await assert.rejects(ask, /told to end/);
    }
    await ended;
    assert.equal(await run.ended, null);
    assert.deepEqual(engine.asked, ['restore', 'closed: Interrupted']);
  },
);

/** Restores as soon as it is asked, and proves like this. */
function prompt(proves: Run['prove']): { engine: Engine; signals: AbortSignal[] } {
  const signals: AbortSignal[] = [];
  const engine = new Engine();
  engine.restore = () => Promise.resolve('done');
  engine.prove = (signal) => {
    signals.push(signal);
    return proves(signal);
  };
  return { engine, signals };
}

const proofOf = (records: number): Awaited<ReturnType<Run['prove']>> => ({
  ...{ at: '', kind: 'Ledger', records, runs: 1, markers: 1, foreign: 0 },
});

test('what was proved stays proved until something is restored', async () => {
  let records = 0;
  const { engine } = prompt(() => Promise.resolve(proofOf((records += 1))));
  const run = await begun(engine);
  await run.restore();
  assert.deepEqual(await Promise.all([run.prove(), run.prove()]), [proofOf(1), proofOf(1)]);
  await run.restore();
  assert.deepEqual(await run.prove(), proofOf(2));
});

test('a proof that could not be begun, or was not given, is begun when it is asked for again', async () => {
  const answers = [() => Promise.reject(new Error('away')), () => Promise.resolve(proofOf(1))];
  const { engine } = prompt(() => answers.shift()?.() ?? Promise.reject(new Error('once too often')));
  const run = new PodRun({ logger, open: () => Promise.resolve(engine) });
  await assert.rejects(run.prove(), /The report is not open/);
  await run.open(1);
  await assert.rejects(run.prove(), /away/);
  assert.deepEqual(await run.prove(), proofOf(1));
  assert.deepEqual(await run.prove(), proofOf(1));
});

test('a proof that is under way ends before something is restored', { timeout: 10_000 }, async () => {
  const { engine, signals } = prompt(untilStopped);
  const run = await begun(engine);
  await run.restore();
  const abandoned = assert.rejects(run.prove(), { name: 'AbortError' });
  await run.restore();
  await abandoned;
  const again = assert.rejects(run.prove(), { name: 'AbortError' });
  assert.deepEqual(
    signals.map(({ aborted }) => aborted),
    [true, false],
  );
  await run.pause();
  await again;
});

const untilStopped: Run['prove'] = (signal) =>
  new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));
