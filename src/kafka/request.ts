import type { RequestWriter } from './wire/writer.ts';
import type { ResponseReader } from './wire/reader.ts';

/**
 * One request of the Kafka protocol in one version, with what is needed to read its response. Made by a function per
 * API that takes the request's contents.
 */
export interface Request<T> {
  /** Name of the API, for messages and the log. */
  readonly api: string;
  readonly key: number;
  readonly version: number;
  /** Version with compact strings and tagged fields, which also change the headers. Default false. */
  readonly flexible?: boolean;
  /** Time that the broker itself may take before it answers, in ms, besides the connection's own timeout. Default 0. */
  readonly brokerTimeMs?: number;
  /** Where the answer shall be put, if it fits: it is a view of this then. Default memory of its own. */
  readonly into?: Buffer | undefined;
  encode(writer: RequestWriter): void;
  decode(reader: ResponseReader): T;
}
