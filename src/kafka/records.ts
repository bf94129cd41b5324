/** One record as it is in its batch. Key, value and header values are views of the decompressed batch. */
export interface RecordView {
  readonly offset: number;
  /** ms since 1970: the producer's, or the broker's for batches with LogAppendTime. */
  readonly timestamp: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  /** In their order; a name may come more than once. */
  readonly headers: readonly { readonly name: string; readonly value: Buffer | null }[];
}

/** All records of a batch of format version 2, of any codec. */
export function decodeRecords(_batch: Buffer): RecordView[] {
  throw new Error('not yet');
}
