import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { RestoreRun } from '../../src/engine/run.ts';
import { BrokerConnection } from '../../src/kafka/cluster.ts';
import type { ProduceRequest, ProduceResult } from '../../src/kafka/produce.ts';
import type { Claim } from '../../src/model/claim.ts';
import type { ProofKind } from '../../src/model/order.ts';
import type { ProofRecord } from '../../src/model/report.ts';
import { bootstrapServers, unusedName } from '../support/kafka.ts';
import { kafkaTool } from '../support/java.ts';
import { openRun } from '../support/open-run.ts';
import { benchArchive, PARTITIONS, RECORD_BYTES, type BenchArchive } from './archive.ts';
import { spread, type Spread } from './spread.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** What one round measured, in seconds unless named otherwise. */
interface Round {
  /** From opening the report to the last commit. */
  readonly restore: number;
  /** Of that: between the first and the last batch, the time in which none was on its way. That is what commits cost. */
  readonly quiet: number;
  readonly ledgerProof: number;
  readonly readBack: number;
  readonly readBackMegabytesPerSecond: number;
  /** High-water mark of this process, MiB. */
  readonly peakRssMiB: number;
}

/**
 * How long proofs take beside the restore: the same archive goes into several topics in one run, so that it lasts, is
 * proved by its ledger, and then, by a second run over the same report, read back.
 */
export async function measureProof(of: { megabytes: number; topics: number; rounds: number }): Promise<object> {
  const folder = await temporaryFolder('bench');
  try {
    const archive = await benchArchive(folder, bootstrapServers(), Math.ceil(of.megabytes / of.topics));
    const rounds: Round[] = [];
    for (let i = 1; i <= of.rounds; i++) {
      const measured = await measure(archive, of.topics, join(folder, `report-${i}`));
      console.error(`proof ${i} of ${of.rounds}: ${JSON.stringify(measured)}`);
      rounds.push(measured);
    }
    return { ...of, partitions: of.topics * PARTITIONS, recordBytes: RECORD_BYTES, ...summary(rounds) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function measure(from: BenchArchive, topics: number, reportFolder: string): Promise<Round> {
  const name = unusedName('bench-proof');
  const targets = Array.from({ length: topics }, (_, i) => `${name}-${i}`);
  const open = (proof: ProofKind, attempt: number): Promise<RestoreRun> => {
    const of = {
      ...{ name, archive: from.archive, report: reportFolder, proof },
      kafka: { 'bootstrap.servers': bootstrapServers() },
      topics: targets.map((target) => ({ source: from.source, target })),
    };
    return openRun(of, { attempt });
  };
  try {
    const quiet = quietTime();
    const [restore, [first, claim]] = await timed(async () => restored(await open('Ledger', 1), []));
    const quietSeconds = quiet();
    const [ledgerProof] = await timed(() => prove(first));
    await first.close();
    const [second] = await restored(await open('ReadBack', 2), [claim]);
    const [readBack, proof] = await timed(() => prove(second));
    await second.close();
    return {
      restore,
      quiet: quietSeconds,
      ledgerProof,
      readBack,
      readBackMegabytesPerSecond: (proof.bytes ?? 0) / 1e6 / readBack,
      peakRssMiB: Math.round(process.resourceUsage().maxRSS / 1024),
    };
  } finally {
    const bootstrap = ['--bootstrap-server', bootstrapServers()];
    await kafkaTool('TopicCommand', [...bootstrap, '--delete', '--topic', `${name}-.*`]);
  }
}

/** @param claims what a run before this one has claimed */
async function restored(run: RestoreRun, claims: readonly Claim[]): Promise<[RestoreRun, Claim]> {
  const claim = await run.prepare((await run.preflight(claims)).claim);
  const { signal } = new AbortController();
  const outcome = await run.restore({ signal, onProgress: () => undefined });
  if (outcome !== 'done') throw new Error('the restore did not come to its end');
  return [run, claim];
}

const prove = (run: RestoreRun): Promise<ProofRecord> => run.prove(new AbortController().signal);

async function timed<T>(work: () => Promise<T>): Promise<[seconds: number, result: T]> {
  const started = performance.now();
  const result = await work();
  return [(performance.now() - started) / 1000, result];
}

type Produce = (this: BrokerConnection, request: ProduceRequest) => Promise<ProduceResult[]>;

/** Watches the batches of this process. @returns what ends that and tells the seconds in which none was on its way */
function quietTime(): () => number {
  const original = Object.getOwnPropertyDescriptor(BrokerConnection.prototype, 'produce') ?? {};
  const produce = original.value as Produce;
  let [onTheirWay, quiet, since] = [0, 0, Infinity];
  const watched: Produce = async function (request) {
    if (onTheirWay === 0) quiet += Math.max(0, performance.now() - since);
    onTheirWay += 1;
    try {
      return await produce.call(this, request);
    } finally {
      onTheirWay -= 1;
      since = performance.now();
    }
  };
  Object.defineProperty(BrokerConnection.prototype, 'produce', { ...original, value: watched });
  return () => {
    Object.defineProperty(BrokerConnection.prototype, 'produce', original);
    return quiet / 1000;
  };
}

function summary(rounds: readonly Round[]): object {
  const over = (value: (round: Round) => number): Spread => spread(rounds.map(value));
  return {
    seconds: {
      restore: over(({ restore }) => restore),
      ledgerProof: over(({ ledgerProof }) => ledgerProof),
      readBack: over(({ readBack }) => readBack),
    },
    /** The bar is 1. */
    readBackBesideRestore: over(({ readBack, restore }) => readBack / restore),
    readBackMegabytesPerSecond: over(({ readBackMegabytesPerSecond }) => readBackMegabytesPerSecond),
    /** Per cent of restore and ledger proof together; the bar is 3. */
    ledgerAndCommitsPercent: over(
      ({ quiet, ledgerProof, restore }) => (100 * (quiet + ledgerProof)) / (restore + ledgerProof),
    ),
    peakRssMiB: over(({ peakRssMiB }) => peakRssMiB),
  };
}
