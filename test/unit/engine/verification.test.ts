// A verification is of what the restore has planned, whatever has come into the archive since.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Archive } from '../../../src/archive/reader.ts';
import { WritingSession } from '../../../src/archive/session.ts';
import { freeze } from '../../../src/engine/plan.ts';
import { verifyRestore } from '../../../src/engine/verification.ts';
import type { KafkaCluster } from '../../../src/kafka/cluster.ts';
import { parseHeader } from '../../../src/kafka/record-batch.ts';
import { emptyPartition, type Report } from '../../../src/model/report.ts';
import { addSegments, RECORDS_PER_SEGMENT, smallArchive, TOPIC } from '../archive/small-archive.ts';
import { goldenBatch, goldenCodecs } from '../kafka/golden.ts';
import { ScriptedBroker } from '../kafka/scripted-broker.ts';
import { connectTo } from '../kafka/scripted-cluster.ts';
import { LIST_OFFSETS, METADATA, metadataResponse, offsetResponse } from '../kafka/scripted-responses.ts';
import { blankReport } from '../report/documents.ts';
import { fetchAnswer } from './scripted-log.ts';

const FETCH = 1;
const EARLIEST = -2n;
const target = { name: 'restored', id: '00000000-0000-0000-0000-000000000007' };

/** A cluster whose topic has the records of one segment, at their offsets in the source. */
async function restoredSegment(): Promise<KafkaCluster> {
  let offset = 0;
  const batches = goldenCodecs.map((codec) => {
    const batch = goldenBatch(codec);
    batch.writeBigInt64BE(BigInt(offset));
    offset += parseHeader(batch).count;
    return batch;
  });
  const broker = await ScriptedBroker.start(({ key, correlationId, body }, answer) => {
    if (key === METADATA) answer(correlationId, metadataResponse(broker.port, target));
    else if (key === FETCH) answer(correlationId, fetchAnswer(Buffer.concat(batches)));
    else if (key !== LIST_OFFSETS) assert.fail(`API ${key}`);
    else {
      const timestamp = body.readBigInt64BE(body.length - 8);
      answer(correlationId, offsetResponse(target.name, timestamp === EARLIEST ? 0 : RECORDS_PER_SEGMENT));
    }
  });
  return connectTo(broker);
}

test('A newer generation of the topic changes nothing for a verification of what the old one was restored to', async () => {
  const { storage } = await smallArchive(1, 1);
  const cluster = await restoredSegment();
  const partition = emptyPartition(0, 0);
  partition.runs.push([0, 0, 0, RECORDS_PER_SEGMENT]);
  const planned = freeze({ source: TOPIC, target: target.name }, await (await Archive.open(storage)).topic(TOPIC));
  const report: Report = {
    ...{ ...blankReport(1), state: 'Done', clusterId: cluster.clusterId, plan: [planned] },
    topics: [{ target: target.name, id: target.id, guards: {}, partitions: [partition] }],
  };
  const session = await WritingSession.claim(storage);
  await addSegments(storage, session, 1, 2, 'cluster.another-topic-id');
  await session.close();

  const archive = await Archive.open(storage);
  const [verified] = await verifyRestore({ archive, cluster, report, targets: null });
  assert.deepEqual(
    verified?.partitions.map(({ records, found, firstDifference }) => [records, found, firstDifference]),
    [[RECORDS_PER_SEGMENT, RECORDS_PER_SEGMENT, null]],
  );
});
