import { createHash, type Hash } from 'node:crypto';
import { constants, open } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { offsetRun, type OffsetRun } from '../model/report.ts';
import { isCode, syncFolder } from './files.ts';

/** The beginning of a file of runs, as far as a report counts on it. What comes behind that is no part of the report. */
export const countedRuns = z.object({
  epoch: z.number().int().positive(),
  bytes: z.number().int().positive(),
  /** SHA-256 of these bytes, in hex. */
  sha256: z.string(),
});
export type CountedRuns = z.infer<typeof countedRuns>;

/** One line: runs of one partition, behind those of lines before. */
const line = z.object({ topic: z.string(), partition: z.number().int().nonnegative(), runs: z.array(offsetRun) });
export type RunLine = z.infer<typeof line>;

const runLogName = (epoch: number): string => `runs.${epoch}.ndjson`;

const NEWLINE = 0x0a;

/** The file of runs of one epoch: those that will not change any more, of all partitions, as they came. */
export class RunLog {
  private readonly folder: string;
  private readonly epoch: number;
  private readonly hash: Hash = createHash('sha256');
  /** What is behind this in the file is of an attempt to append that failed. */
  private bytes = 0;

  constructor(folder: string, epoch: number) {
    this.folder = folder;
    this.epoch = epoch;
  }

  /** What a report is to say of the file once these lines are in it; null while it is empty. */
  countedWith(lines: Buffer): CountedRuns | null {
    const bytes = this.bytes + lines.length;
    const sha256 = this.hash.copy().update(lines).digest('hex');
    return bytes === 0 ? null : { epoch: this.epoch, bytes, sha256 };
  }

  /** Has the lines on disk when it returns; they are not in the file when it throws. */
  async append(lines: Buffer): Promise<void> {
    const begins = this.bytes === 0;
    // Created also when it was there: a process that wakes up late may find its file deleted.
    const flags = constants.O_WRONLY | constants.O_CREAT | (begins ? constants.O_TRUNC : 0);
    await using file = await open(join(this.folder, runLogName(this.epoch)), flags);
    for (let written = 0; written < lines.length;) {
      const rest = lines.length - written;
      written += (await file.write(lines, written, rest, this.bytes + written)).bytesWritten;
    }
    await file.sync();
    if (begins) await syncFolder(this.folder);
    this.hash.update(lines);
    this.bytes += lines.length;
  }
}

/** One line of a file of runs. */
export const encodeRunLine = (of: RunLine): string => `${JSON.stringify(of)}\n`;

/**
 * Reads what a report counts on.
 * @returns null when it is not there as it was written
 */
export async function readRunLines(folder: string, { epoch, bytes, sha256 }: CountedRuns): Promise<RunLine[] | null> {
  const hash = createHash('sha256');
  const lines: Buffer[] = [];
  let begun: Buffer[] = [];
  try {
    await using file = await open(join(folder, runLogName(epoch)));
    const chunks = file.createReadStream({ end: bytes - 1, autoClose: false }) as AsyncIterable<Buffer>;
    for await (const chunk of chunks) {
      hash.update(chunk);
      let from = 0;
      for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, from)) {
        lines.push(Buffer.concat([...begun, chunk.subarray(from, end)]));
        [begun, from] = [[], end + 1];
      }
      begun.push(chunk.subarray(from));
    }
  } catch (error) {
    if (isCode(error, 'ENOENT')) return null;
    throw error;
  }
  if (hash.digest('hex') !== sha256) return null;
  return lines.map((bytesOfLine) => line.parse(JSON.parse(bytesOfLine.toString())));
}

/** Runs by topic and partition, in the order in which they came. */
export class RunsByPartition {
  private readonly runs = new Map<string, OffsetRun[]>();

  add({ topic, partition, runs }: RunLine): void {
    const name = `${topic}/${partition}`;
    const known = this.runs.get(name);
    if (known === undefined) this.runs.set(name, runs);
    else for (const run of runs) known.push(run);
  }

  /** The last ones: a partition that was begun again has older ones in the files, which are no part of the report. */
  last(topic: string, partition: number, count: number): OffsetRun[] | null {
    const known = this.runs.get(`${topic}/${partition}`) ?? [];
    return known.length < count ? null : known.slice(known.length - count);
  }
}
