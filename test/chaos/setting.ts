import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { restore, restoreArguments } from '../support/rekindle.ts';
import { mountVolume } from '../support/report-volume.ts';
import { partitionsOf, s3Arguments } from './data.ts';
import { FaultyStore } from './faulty-store.ts';
import { CLOCK_JUMPS_MS } from './nemeses/clock.ts';
import { Random } from './random.ts';
import type { Need, Scenario } from './scenario.ts';
import { Stage, type StageParts } from './stage.ts';
import { Supervisor, type SupervisorOptions } from './supervisor.ts';
import { createTopicsOfOthers, createUncleanTopics, deleteTopics } from './targets.ts';
import type { Trace } from './trace.ts';
import { clientGiving } from '../support/sasl.ts';
import { users, type World } from './world.ts';

/** A client that gives up sooner than it usually does: a scenario lasts seconds. Milliseconds. */
const client = { 'socket.timeout.ms': '5000', 'socket.connection.setup.timeout.ms': '3000' };

export interface Setting {
  readonly stage: Stage;
  /** Copies the reports to where the trace is. */
  readonly keep: () => Promise<void>;
  /** Takes away what was made for this scenario alone. */
  readonly clear: () => Promise<void>;
}

/** Makes all that a scenario needs for itself. @param program `rekindle.ts` to run */
export async function makeSetting(
  scenario: Scenario,
  world: World,
  trace: Trace,
  watch: Pick<SupervisorOptions, 'program' | 'onKilled'>,
): Promise<Setting> {
  const { seed, topics, delivery, before, proof, seconds, pauseMs } = scenario;
  const random = new Random(seed + 1);
  const needs = new Set<Need>(scenario.strikes.flatMap(({ strike }) => strike.needs ?? []));
  const clearing: (() => Promise<void>)[] = [];
  const folder = join(world.folder, 'reports', String(seed));
  const report = join(folder, 'report');
  clearing.unshift(() => rm(folder, { recursive: true, force: true }));
  if (needs.has('volume')) clearing.unshift(await mountVolume(folder));

  const targets = topics.map((source) => ({ source, target: `${source}-${seed}` }));
  clearing.unshift(() => deleteTopics(world, targets));
  let configs: StageParts['configs'] = null;
  if (needs.has('unclean')) configs = await createUncleanTopics(world, targets, random);

  const store = needs.has('S3') ? await FaultyStore.open(world.data.inS3.endpoint ?? '') : undefined;
  clearing.unshift(() => Promise.resolve(store?.close()));

  const order = {
    ...{ topics: targets.map(({ source, target }) => `${source}=${target}`), report, delivery },
    ...{ to: world.kafka.proxied, properties: { ...client, ...clientGiving(users[delivery]) } },
  };
  if (before === 'records of others') configs = await createTopicsOfOthers(world, targets);
  if (before === 'an older archive restored') {
    await restore({ ...order, from: world.data.older.inFolder });
    // What counts from here on is what is new.
    for (const { target } of targets) world.acknowledgements.forget(target);
  }
  const left = (what: 'records' | 'bytes'): number =>
    topics.reduce((sum, source) => {
      const there = before === 'an older archive restored' ? world.data.older[what][source] : 0;
      return sum + world.data[what][source] - there;
    }, 0);

  const args = [
    ...restoreArguments({
      ...{ ...order, proof, from: archiveOf(world, store) },
      maxBytesPerSecond: Math.round(left('bytes') / seconds),
      ...(before === 'records of others' ? { existingData: 'append' } : {}),
    }),
    ...(store === undefined ? [] : s3Arguments({ ...world.data.inS3, endpoint: store.endpoint })),
  ];
  const env = needs.has('clock') ? clockOf(random) : {};
  const parts: StageParts = {
    ...{ world, scenario, targets, configs, report, trace, random, store },
    records: left('records'),
    others: before === 'records of others' ? topics.reduce((sum, source) => sum + partitionsOf(source), 0) : 0,
    supervisor: new Supervisor({ ...watch, args, env, trace, pauseMs }),
  };
  const stage = new Stage(parts);
  stage.foreigners = before === 'records of others';
  return {
    stage,
    keep: () => cp(report, `${trace.file}.reports`, { recursive: true, verbatimSymlinks: true }),
    clear: async () => {
      for (const step of clearing) await step();
    },
  };
}

function archiveOf({ data }: World, store: FaultyStore | undefined): string {
  if (store === undefined) return data.inFolder;
  return `s3://${data.inS3.bucket}/${data.inS3.prefix}`;
}

function clockOf(random: Random): Record<string, string> {
  const clock = pathToFileURL(join(import.meta.dirname, 'adjustable-clock.ts')).href;
  return { NODE_OPTIONS: `--import=${clock}`, CHAOS_CLOCK_MS: String(random.pick(CLOCK_JUMPS_MS)) };
}
