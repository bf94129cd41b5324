import { SingleBar } from 'cli-progress';
import { InvalidArgumentError, Option, type Command } from 'commander';
import { hostname } from 'node:os';
import { resolve } from 'node:path';
import { RestoreRun } from '../engine/run.ts';
import type { Progress } from '../engine/progress.ts';
import { stepFromEnvironment } from '../engine/steps.ts';
import { claimedBesides, type Claim, type ClaimedTopic } from '../model/claim.ts';
import { askApproval, holdReasons, isHold, type Approval, type HoldReason } from '../model/holds.ts';
import type { RestoreOrder } from '../model/order.ts';
import { RekindleError } from '../model/reasons.ts';
import type { Report } from '../model/report.ts';
import { readReport } from '../report/reading.ts';
import { createLogger } from '../telemetry/log.ts';
import { locationAt, withS3Options, type S3CommandOptions } from './archive-location.ts';
import { readClaims, writeClaim } from './claim-file.ts';
import { isRunAgain } from './exit-code.ts';
import { parseProperty } from './options.ts';
import { patiently } from './patiently.ts';
import { forgetRestoreId, restoreIdIn } from './restore-id.ts';

interface RestoreOptions extends S3CommandOptions {
  from: string;
  to: string;
  topics: { source: string; target: string }[];
  report: string;
  property?: Record<string, string>;
  maxBytesPerSecond?: number;
  maxRecordsPerSecond?: number;
  createTopics: boolean;
  existingData: RestoreOrder['existingData'];
  guardTarget: boolean;
  delivery: 'transactional' | 'idempotent';
  proof: 'ledger' | 'read-back';
  approve?: HoldReason;
  progress: boolean;
}

/** What is printed, as one line of JSON. */
type Outcome = { restore: 'done' | 'interrupted' } & Record<string, unknown>;

export function registerRestore(program: Command): void {
  const command = program
    .command('restore')
    .description('Restores topics from an archive into a Kafka cluster. Run it again with the same report to go on.')
    .requiredOption('--from <location>', 'archive: file:/path or s3://bucket/prefix')
    .requiredOption('--to <brokers>', 'bootstrap servers, comma-separated')
    .requiredOption('--topics <list>', 'comma-separated source topics, each optionally source=target', parseMapping)
    .requiredOption('--report <folder>', 'folder of the report; the same folder resumes, an empty one starts from zero')
    .option('--property <name=value>', 'librdkafka property, may be repeated', parseProperty)
    .option('--max-bytes-per-second <n>', 'upper bound over all partitions (default: none)', parseRate)
    .option('--max-records-per-second <n>', 'upper bound over all partitions (default: none)', parseRate)
    .option('--no-create-topics', 'do not create topics that are missing')
    .addOption(
      new Option('--existing-data <refuse|append>', "others' records in the target: refuse it, or restore behind them")
        .argParser(parseExistingData)
        .default('Refuse', 'refuse'),
    )
    .option('--guard-target', 'guard existing topics too: their configuration is changed until the end', false)
    .addOption(
      new Option('--delivery <kind>', 'idempotent: only where the cluster allows no transactional ids; promises less')
        .choices(['transactional', 'idempotent'])
        .default('transactional'),
    )
    .addOption(
      new Option('--proof <kind>', 'how Done is proved: by the ledger, or by reading every record back besides')
        .choices(['ledger', 'read-back'])
        .default('ledger'),
    )
    .addOption(
      new Option('--approve <reason>', 'agree to what the last run with this report held for').choices(holdReasons),
    )
    .option('--no-progress', 'no progress bar');
  withS3Options(command).action(async (options: RestoreOptions) => {
    const outcome = await restore(options);
    process.stdout.write(`${JSON.stringify(outcome)}\n`);
    if (outcome.restore === 'interrupted') {
      throw new RekindleError(
        'Cancelled',
        'Interrupted before it was done. Run it again with the same report to go on.',
      );
    }
  });
}

/** The whole restore on this machine, without Kubernetes and Temporal. */
async function restore(options: RestoreOptions): Promise<Outcome> {
  const folder = resolve(options.report);
  const started = Date.now();
  const [claimed] = await readClaims(folder);
  const previous = await readReport(folder);
  const approved = approvalOf(options.approve, previous);
  const order = orderOf(options, previous?.restore.uid ?? claimed?.restore.uid ?? (await idOfNew(folder)));
  const abort = new AbortController();
  const { signal } = abort;
  const stop = (): void => abort.abort();
  process.on('SIGINT', stop).on('SIGTERM', stop);
  const run = await RestoreRun.open({
    order,
    reportFolder: folder,
    identity: hostname(),
    attempt: (previous?.attempts.length ?? 0) + 1,
    onlyPutBack: approved?.reason === 'RetentionHeld',
    logger: createLogger(),
    step: stepFromEnvironment(process.env['REKINDLE_STOP_AT']),
  });
  await forgetRestoreId(folder);
  // Whoever was at it before has recorded what it touches, or learns from here on that it was taken over.
  const earlier = await readClaims(folder);
  const { errand, epoch, resumedFromRecords, totalRecords, totalBytes } = run.opened;
  const result = {
    records: totalRecords,
    bytes: totalBytes,
    resumedFrom: resumedFromRecords,
    epoch,
  };
  try {
    if (!errand) {
      const { findings, claim } = await patiently(signal, () => run.preflight(earlier, approved));
      // Where one of them needs a person, to run it again would not help.
      const first = findings.find((finding) => !isRunAgain(finding)) ?? findings[0];
      if (first) throw new RekindleError(first.reason, findings.map(({ message }) => message).join('\n'));
      const besides = claimedBesides(earlier, claim);
      if (besides.length > 0) process.stderr.write(stayClaimed(besides));
      const record = (of: Claim): Promise<void> =>
        patiently(signal, () =>
          writeClaim(folder, { ...of, topics: [...besides, ...of.topics] }, () => run.stillOursNow()),
        );
      await record(claim);
      await record(await patiently(signal, () => run.prepare(claim, approved)));
      await restoreAndProve(run, { signal, approved, bar: new ProgressBar(options.progress && process.stderr.isTTY) });
    }
    const { held } = await patiently(signal, () => run.finish({ approved, claims: earlier }));
    const audit = await run.audit();
    await run.close();
    for (const { message } of held) process.stderr.write(`RetentionHeld: ${asked('RetentionHeld', message)}\n`);
    const { proof } = run.report;
    return { restore: 'done', ...result, proof, held, audit, seconds: (Date.now() - started) / 1000 };
  } catch (error) {
    if (error === signal.reason) {
      await run.close('Cancelled');
      return { restore: 'interrupted', ...result, acknowledged: run.progress.acknowledgedRecords };
    }
    if (error instanceof RekindleError && isHold(error.reason)) {
      await run.close(error.reason);
      throw new RekindleError(error.reason, asked(error.reason, error.message), { cause: error });
    }
    // It has not failed: it is only to be run again.
    if (error instanceof RekindleError && error.consequence === 'waiting') {
      await run.close(error.reason).catch(tell);
      throw error;
    }
    if (error instanceof RekindleError && !isRunAgain(error)) {
      await run.fail(error).catch(tell);
      await putBack(run, earlier);
      await run.audit();
    }
    await run.close();
    throw error;
  }
}

/** Of a restore that begins: the same for all processes that begin it at the same time. */
async function idOfNew(folder: string): Promise<string> {
  const id = await restoreIdIn(folder);
  // Another one may have opened its report since we looked for one, and forgotten the id with which it began.
  return (await readReport(folder))?.restore.uid ?? id;
}

/** The long part of the work, with a bar that is taken away however it ends. */
async function restoreAndProve(
  run: RestoreRun,
  { signal, approved, bar }: { signal: AbortSignal; approved: Approval | null; bar: ProgressBar },
): Promise<void> {
  const onProgress = (progress: Progress): void => bar.show(progress);
  try {
    await patiently(signal, () => run.restore({ signal, onProgress, approved }));
    signal.throwIfAborted();
    await patiently(signal, () => run.prove(signal, onProgress));
  } finally {
    bar.stop();
  }
}

/** A restore that has failed may not be run again: its topics get their configuration back, if they can be reached. */
async function putBack(run: RestoreRun, claims: readonly Claim[]): Promise<void> {
  try {
    const { held, kept } = await run.putBack({ claims, unfinished: true });
    for (const { message } of held) process.stderr.write(`${message}\n`);
    if (kept.length > 0) process.stderr.write(`Not compacted before the restore is done: ${kept.join(', ')}.\n`);
  } catch (error) {
    process.stderr.write(`The topics' configuration was not put back: ${String(error)}\n`);
  }
}

const stayClaimed = (topics: readonly ClaimedTopic[]): string =>
  `Claimed by an earlier run with this report, and not named now: ${topics.map(({ name }) => name).join(', ')}. They stay claimed, and what that run has set on them (no retention, no compaction) may still be set: a run that names them in --topics, too, gives them their own configuration back when it is done.\n`;

const asked = (reason: HoldReason, message: string): string =>
  askApproval(reason, message, `run it again with --approve ${reason}`);

/**
 * What a person agrees to is what the report says that the restore holds for.
 * @throws RekindleError `InvalidConfiguration` when it holds for nothing of the kind
 */
function approvalOf(reason: HoldReason | undefined, report: Report | null): Approval | null {
  if (reason === undefined) return null;
  if (report?.hold?.reason === reason) return { reason, message: report.hold.message };
  throw new RekindleError(
    'InvalidConfiguration',
    `--approve ${reason}: the restore does not hold for that (${report?.hold?.reason ?? 'it holds for nothing'}). Run it without; it says what there is to agree to.`,
  );
}

/** What comes on top of the error that ends the restore must not hide it. */
function tell(error: unknown): void {
  process.stderr.write(
    `The report does not say why it ends: ${error instanceof Error ? error.message : String(error)}\n`,
  );
}

function orderOf(options: RestoreOptions, uid: string): RestoreOrder {
  return {
    restore: { namespace: 'cli', name: options.report, uid },
    source: locationAt(options.from, options),
    kafka: { ...options.property, 'bootstrap.servers': options.to },
    topics: options.topics,
    createTopics: options.createTopics,
    existingData: options.existingData,
    guardTarget: options.guardTarget,
    delivery: options.delivery === 'idempotent' ? 'Idempotent' : 'Transactional',
    proof: options.proof === 'read-back' ? 'ReadBack' : 'Ledger',
    limits: { bytesPerSecond: options.maxBytesPerSecond, recordsPerSecond: options.maxRecordsPerSecond },
  };
}

function parseMapping(text: string): { source: string; target: string }[] {
  const topics = text.split(',').map((item) => {
    const [source = '', target = source] = item.trim().split('=');
    if (!source || !target)
      throw new InvalidArgumentError(`${text}: expected source or source=target, comma-separated`);
    return { source, target };
  });
  const twice = topics.find(({ target }, i) => topics.findIndex((other) => other.target === target) !== i);
  if (twice) throw new InvalidArgumentError(`two topics are mapped to ${twice.target}`);
  return topics;
}

function parseExistingData(text: string): RestoreOrder['existingData'] {
  if (text === 'append') return 'Append';
  if (text === 'refuse') return 'Refuse';
  throw new InvalidArgumentError('expected refuse or append');
}

function parseRate(text: string): number {
  const rate = Number(text);
  if (!(rate > 0)) throw new InvalidArgumentError('expected a number greater than 0');
  return rate;
}

/** A bar for a person at a terminal; nothing otherwise. */
class ProgressBar {
  private readonly bar: SingleBar | null;
  private started = false;

  constructor(enabled: boolean) {
    this.bar = enabled
      ? new SingleBar({ format: '{bar} {percentage}% {value}/{total} records, {note}', stream: process.stderr })
      : null;
  }

  show(progress: Progress): void {
    if (!this.bar) return;
    const { provedRecords, totalRecords, partitionsDone, partitionsTotal } = progress;
    const done = `${partitionsDone}/${partitionsTotal} partitions done`;
    const proved = provedRecords > 0 ? `, ${Math.floor((provedRecords / totalRecords) * 100)} % proved` : '';
    const note = progress.waiting?.message ?? `${done}${proved}`;
    if (!this.started) this.bar.start(totalRecords, progress.acknowledgedRecords, { note });
    this.started = true;
    this.bar.update(progress.acknowledgedRecords, { note });
  }

  stop(): void {
    if (this.started) this.bar?.stop();
  }
}
