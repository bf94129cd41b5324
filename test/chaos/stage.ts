import { setTimeout as sleep } from 'node:timers/promises';
import type { Reason } from '../../src/model/reasons.ts';
import type { Report } from '../../src/model/report.ts';
import { readReport } from '../../src/report/reading.ts';
import type { SourceName } from './data.ts';
import type { Random } from './random.ts';
import type { Moment, Scenario } from './scenario.ts';
import type { Supervisor } from './supervisor.ts';
import type { Trace } from './trace.ts';
import type { FaultyStore } from './faulty-store.ts';
import type { World } from './world.ts';

const POLL_MS = 20;

/** By topic and partition. */
export type Offsets = ReadonlyMap<string, readonly number[]>;

/** One scenario as it is played: what strikes can reach. */
export interface StageParts {
  readonly world: World;
  readonly scenario: Scenario;
  readonly targets: readonly { readonly source: SourceName; readonly target: string }[];
  /** Records that belong into the targets and are not there yet. */
  readonly records: number;
  /** Configuration of the targets as they are before the restore; null where it is to make them. */
  readonly configs: Readonly<Record<string, string>> | null;
  /** Records of others that were there before. */
  readonly others: number;
  readonly report: string;
  readonly supervisor: Supervisor;
  readonly trace: Trace;
  /** For what cannot be drawn before: which of the brokers, which process. */
  readonly random: Random;
  /** Between the processes and S3, when the archive is read from there. */
  readonly store: FaultyStore | undefined;
}

export class Stage {
  readonly parts: StageParts;
  /** The restore must halt with one of these now; empty while it must come to a good end. */
  readonly halts: Reason[] = [];
  /** Others write into the targets too. */
  foreigners = false;
  /** Somebody has aborted a transaction of the restore's, or there was none. */
  aborted = false;
  /** Ends of the targets' partitions when a process had just said Done; null if nobody could tell. */
  endsAtDone: Offsets | null = null;
  readonly #begun = performance.now();
  readonly #ended = new AbortController();

  constructor(parts: StageParts) {
    this.parts = parts;
  }

  /** The restore has come to its end, or time is up: strikes that wait do so no longer. */
  end(): void {
    this.#ended.abort();
  }

  /** The target has lost what nobody can bring back. */
  mustHalt(reasons: readonly Reason[]): void {
    this.halts.push(...reasons);
    this.note('must halt', { reasons });
  }

  get ended(): boolean {
    return this.#ended.signal.aborted;
  }

  /** Share of the records that brokers have acknowledged. */
  get progress(): number {
    const { world, targets, records } = this.parts;
    return targets.reduce((sum, { target }) => sum + world.acknowledgements.records(target), 0) / records;
  }

  /** Waits, but not beyond the end of the restore. */
  async pause(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.#ended.signal }).catch(() => undefined);
  }

  /** @returns whether it came to this before the restore ended */
  async until(condition: () => boolean | Promise<boolean>): Promise<boolean> {
    while (!this.ended) {
      if (await condition()) return true;
      await this.pause(POLL_MS);
    }
    return false;
  }

  async reaches(moment: Moment): Promise<boolean> {
    const ms = (): number => performance.now() - this.#begun;
    return this.until(() => ('ms' in moment ? ms() >= moment.ms : this.progress >= moment.progress));
  }

  /** One offset of each partition of the targets. @param of a topic's, by partition */
  async offsets(of: (topic: string) => Promise<readonly number[]>): Promise<Offsets> {
    const { targets } = this.parts;
    return new Map(await Promise.all(targets.map(async ({ target }) => [target, await of(target)] as const)));
  }

  /** The newest valid report; null when there is none yet. */
  async readReport(): Promise<Report | null> {
    return readReport(this.parts.report).catch(() => null);
  }

  note(event: string, details: Readonly<Record<string, unknown>> = {}): void {
    this.parts.trace.note(event, details);
  }
}
