import { open, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseHeader, splitBatches, type BatchHeader } from '../../src/kafka/record-batch.ts';

/** A batch where a broker keeps it. */
export interface LoggedBatch extends BatchHeader {
  readonly bytes: Buffer;
  /** The segment's file, and where in it the batch begins. */
  readonly file: string;
  readonly at: number;
}

/** A partition's segments, oldest first. @param logs folder of the broker's data */
export async function segmentsOf(logs: string, topic: string, partition: number): Promise<string[]> {
  const folder = join(logs, `${topic}-${partition}`);
  const names = await readdir(folder);
  return names
    .filter((name) => name.endsWith('.log'))
    .map((name) => join(folder, name))
    .toSorted();
}

/** A partition's batches without the markers. */
export async function batchesInLog(logs: string, topic: string, partition: number): Promise<LoggedBatch[]> {
  return (await everythingInLog(logs, topic, partition)).filter(({ control }) => !control);
}

/** A partition's batches and markers. Those of today and records of 2019 do not share a segment. */
export async function everythingInLog(logs: string, topic: string, partition: number): Promise<LoggedBatch[]> {
  const batches: LoggedBatch[] = [];
  for (const file of await segmentsOf(logs, topic, partition)) {
    let at = 0;
    for (const bytes of splitBatches(await readFile(file))) {
      batches.push({ ...parseHeader(bytes), bytes, file, at });
      at += bytes.length;
    }
  }
  return batches;
}

/** Puts other bytes of the same length in the place of a batch, where the broker reads it. */
export async function overwrite({ file, at }: LoggedBatch, bytes: Buffer): Promise<void> {
  await using opened = await open(file, 'r+');
  await opened.write(bytes, 0, bytes.length, at);
}
