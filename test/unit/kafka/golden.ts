import { readFileSync } from 'node:fs';

import { splitBatches, stamp } from '../../../src/kafka/record-batch.ts';

/** Codecs of the golden batches, at the number that they have in a batch's attributes. */
export const goldenCodecs = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const;

/** A fresh copy of a golden segment's batches; golden/README.md says how they were made. */
export function goldenBatches(name: (typeof goldenCodecs)[number] | 'transactional'): Buffer[] {
  return [...splitBatches(readFileSync(new URL(`golden/${name}.log`, import.meta.url)))];
}

/** The one batch of a codec. */
export function goldenBatch(codec: (typeof goldenCodecs)[number]): Buffer {
  const [batch] = goldenBatches(codec);
  if (batch === undefined) throw new Error(`golden/${codec}.log is empty.`);
  return batch;
}

export interface Written {
  /** Target offset of its first record. */
  readonly offset: number;
  readonly producerId: number;
  readonly producerEpoch?: number;
  readonly transactional?: boolean;
  readonly leaderEpoch?: number;
  readonly codec?: (typeof goldenCodecs)[number];
}

/** A golden batch as a restore has written it, the first of its epoch. Default transactional, epoch 0, uncompressed. */
export function writtenBatch(of: Written): Buffer {
  const { offset, producerId, producerEpoch = 0, transactional = true, leaderEpoch, codec = 'none' } = of;
  const batch = goldenBatch(codec);
  stamp(batch, { producerId, producerEpoch, baseSequence: 0, transactional });
  batch.writeBigInt64BE(BigInt(offset), 0);
  if (leaderEpoch !== undefined) batch.writeInt32BE(leaderEpoch, 12);
  return batch;
}

const NEW_YEAR_2019 = 1_546_300_800_000;

interface GoldenRecord {
  readonly timestamp: number;
  readonly key: string | null;
  readonly value: string | null;
  readonly headers: readonly (readonly [name: string, value: string | null])[];
}

/** What GoldenBatches.java writes; the last one is not in the batch without compression. */
export const goldenRecords: readonly GoldenRecord[] = [
  { timestamp: NEW_YEAR_2019, key: 'key', value: 'value', headers: [] },
  {
    timestamp: NEW_YEAR_2019 - 1000,
    key: null,
    value: 'a value without a key, older than the one before',
    headers: [],
  },
  { timestamp: NEW_YEAR_2019 + 5, key: 'tombstone', value: null, headers: [] },
  { timestamp: NEW_YEAR_2019 + 6, key: '', value: '', headers: [] },
  {
    timestamp: NEW_YEAR_2019 + 7,
    key: 'ключ',
    value: 'with headers',
    headers: [
      ['z', '1'],
      ['a', null],
      ['z', '2'],
      ['empty', ''],
    ],
  },
  { timestamp: NEW_YEAR_2019 + 8, key: 'large', value: '0123456789'.repeat(7_000), headers: [] },
];
