import assert from 'node:assert/strict';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { crc32c } from '../../src/kafka/crc32c.ts';
import { HEADER_BYTES, type BatchHeader } from '../../src/kafka/record-batch.ts';
import { batchesInLog, everythingInLog, overwrite, segmentsOf, type LoggedBatch } from './broker-logs.ts';

/** Of a batch's checksum, which is of everything behind it. */
const CRC_AT = 17;
const PRODUCER_ID_AT = 43;

/** What a log loses at its end. */
export type Loss =
  'its last batch of ours and what is behind it' | 'its last batch of ours' | 'what is behind its last batch of ours';

/** One partition of a topic as a broker has it on its disk, where a test makes it worse. */
export class DamagedLog {
  readonly #of: readonly [logs: string, topic: string, partition: number];

  /** @param logs folder of the broker's data */
  constructor(logs: string, topic: string, partition: number) {
    this.#of = [logs, topic, partition];
  }

  /** While the broker is stopped. */
  async lose(loss: Loss): Promise<void> {
    const last = await this.#batch(-1);
    const segment = await readFile(last.file);
    const kept = segment.subarray(0, loss.startsWith('what is behind') ? last.at + last.size : last.at);
    const after = loss === 'its last batch of ours' ? segment.subarray(last.at + last.size) : Buffer.alloc(0);
    await writeFile(last.file, Buffer.concat([kept, after]));
    // The broker makes the index anew; by one that says more than the log it would take the whole segment for empty.
    await rm(last.file.replace(/log$/, 'index'));
    const behind = (await segmentsOf(...this.#of)).filter((file) => file > last.file);
    if (loss !== 'its last batch of ours') for (const file of behind) await rm(file);
  }

  /** Changes a byte of a batch's payload. @param nth from the end if negative */
  async damage(nth: number): Promise<BatchHeader> {
    const batch = await this.#batch(nth);
    const { bytes } = batch;
    bytes.writeUInt8(bytes.readUInt8(HEADER_BYTES + 1) ^ 1, HEADER_BYTES + 1);
    await overwrite(batch, bytes);
    return batch;
  }

  /** The marker behind the first batches says that their transaction was aborted. @returns its offset */
  async abortFirst(): Promise<number> {
    const { marker } = await this.#firstTransaction();
    // A control record's key is of version and type: 0 aborts. In front of it stand length, attributes, times and offset.
    const typeAt = HEADER_BYTES + 8;
    assert.equal(marker.bytes.readUInt8(typeAt), 1);
    await change(marker, typeAt, Buffer.of(0));
    return marker.baseOffset;
  }

  /** The first batches are of another producer than all that comes behind them. @returns the last one's offset */
  async firstOfAnother(producerId: number): Promise<number | undefined> {
    const { batches } = await this.#firstTransaction();
    const id = Buffer.alloc(8);
    id.writeBigInt64BE(BigInt(producerId));
    for (const batch of batches) await change(batch, PRODUCER_ID_AT, id);
    return batches.at(-1)?.baseOffset;
  }

  async #batch(nth: number): Promise<LoggedBatch> {
    return (await batchesInLog(...this.#of)).at(nth) ?? assert.fail('there is no such batch');
  }

  /** What the first of several transactions wrote, and the marker that ends it. */
  async #firstTransaction(): Promise<{ batches: LoggedBatch[]; marker: LoggedBatch }> {
    const all = await everythingInLog(...this.#of);
    const first = all.findIndex(({ control }) => !control);
    const end = all.findIndex(({ control }, i) => control && i > first);
    const marker = all[end];
    assert.ok(marker && all.slice(end).some(({ control }) => !control), 'there is one transaction only');
    return { batches: all.slice(first, end), marker };
  }
}

/** Writes a batch over itself, changed. */
async function change(batch: LoggedBatch, at: number, value: Buffer): Promise<void> {
  const { bytes } = batch;
  value.copy(bytes, at);
  bytes.writeUInt32BE(crc32c(bytes.subarray(CRC_AT + 4)), CRC_AT);
  await overwrite(batch, bytes);
}
