import type { BrokerConnection } from '../kafka/cluster.ts';
import { kafkaError } from '../kafka/errors.ts';
import { fetch, type FetchRequest } from '../kafka/fetch.ts';
import type { FetchBuffers } from './fetch-buffers.ts';
import { parseHeader, splitBatches, type BatchHeader } from '../kafka/record-batch.ts';
import { decodeRecords } from '../kafka/records.ts';
import { RekindleError } from '../model/reasons.ts';
import { OutcomeUnknown } from './failure.ts';

/** Bytes of one Fetch while scanning: Kafka has no way to fetch headers alone. */
const SCAN_BYTES = 8 * 1024 * 1024;

/**
 * How long a broker may take, in ms, as consumers let it by default. Below the end there is always something: it only takes
 * its time where it must get that from remote storage, which before Kafka 3.8 it never does for who does not wait.
 */
const REMOTE_WAIT_MS = 500;

const OFFSET_OUT_OF_RANGE = 1;

/** Type of the marker in a control record's key: version int16, type int16 (0 abort, 1 commit). */
const MARKER_TYPE_AT = 2;
const COMMIT = 1;

export interface ScannedBatch {
  header: BatchHeader;
  /** The batch as fetched, header included. */
  bytes: Buffer;
  /** A control batch that ends a transaction by a commit. */
  commitMarker: boolean;
}

/**
 * The batches of one partition from one offset up to another, in order, control batches included. The next Fetch is on
 * its way while the caller looks at what the last one brought.
 * @param end offset to stop before; the caller knows that everything below it is replicated
 * @param limit bytes per Fetch; small when only the first batch is wanted
 * @param again memory that is used again: a batch's bytes are good until the next one is asked for. Default fresh memory
 * @throws RekindleError `TargetTruncated` when the log does not hold the first offset
 */
export async function* scan(
  connection: BrokerConnection,
  at: { topic: string; partition: number },
  from: number,
  end: number,
  limit = SCAN_BYTES,
  again: FetchBuffers | null = null,
): AsyncGenerator<ScannedBatch, void> {
  if (from >= end) return;
  let offset = from;
  let reading = read(connection, { ...at, offset, maxBytes: limit, into: again?.next() });
  while (offset < end) {
    const batches = await reading;
    const after = batches.at(-1)?.after ?? offset;
    if (after <= offset) {
      throw new OutcomeUnknown(
        `${at.topic}/${at.partition}: nothing readable at offset ${offset}, though the log ends at ${end}`,
      );
    }
    if (after < end) reading = read(connection, { ...at, offset: after, maxBytes: limit, into: again?.next() });
    for (const { header, bytes, after: next } of batches) {
      // The first batch returned is the one that holds the offset asked for; it may begin before it.
      if (next <= offset || header.baseOffset >= end) continue;
      yield { header, bytes, commitMarker: header.control && isCommit(bytes) };
    }
    offset = after;
  }
}

/** What one Fetch brings, with the offset after each batch. */
function read(
  connection: BrokerConnection,
  request: FetchRequest,
): Promise<{ header: BatchHeader; bytes: Buffer; after: number }[]> {
  const { topic, partition, offset } = request;
  const reading = fetch(connection, { ...request, maxWaitMs: REMOTE_WAIT_MS }).then((answer) => {
    if (answer.errorCode === OFFSET_OUT_OF_RANGE) {
      throw new RekindleError(
        'TargetTruncated',
        `${topic}/${partition}: offset ${offset} is not in the log any more. Somebody deleted records or the log was truncated; start from zero.`,
      );
    }
    if (answer.errorCode !== 0) {
      throw new OutcomeUnknown(`${topic}/${partition}: ${kafkaError(answer.errorCode).name} while reading`);
    }
    return [...splitBatches(answer.recordSet)].map((bytes) => {
      const header = parseHeader(bytes);
      return { header, bytes, after: header.baseOffset + header.lastOffsetDelta + 1 };
    });
  });
  // A caller that stops early never awaits what was read ahead.
  reading.catch(() => undefined);
  return reading;
}

function isCommit(batch: Buffer): boolean {
  const [record] = decodeRecords(batch);
  return record?.key?.readInt16BE(MARKER_TYPE_AT) === COMMIT;
}
