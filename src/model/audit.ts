import { z } from 'zod';
import { restoreOrder, type RestoreOrder } from './order.ts';
import { attemptRecord, proofRecord, totals, type Report } from './report.ts';

/** Bytes of the JSON document at most. */
export const MAX_AUDIT_BYTES = 256 * 1024;

/** Characters of a single text at most: a certificate, the sentence of an error. */
const MAX_TEXT = 2_048;

const count = z.number().int().nonnegative();
const timestamp = z.iso.datetime();

/** Something that a person has said to a Restore, and the sender's identity as Temporal has it; null where it has none. */
export const givenSignal = z.object({ at: timestamp, signal: z.string(), by: z.string().nullable().default(null) });
export type GivenSignal = z.infer<typeof givenSignal>;

/**
 * What is kept of a Restore that has ended, beside the archive and in the report's folder: enough to know later what
 * was done, by which program, and that it was proved. The report that it vouches for has all the rest.
 */
export const audit = z.object({
  format: z.literal('rekindle-audit/1'),
  restore: z.object({ namespace: z.string(), name: z.string(), uid: z.string() }),
  /** Epoch of the report, and with it of this document. */
  epoch: z.number().int().positive(),
  at: timestamp,
  outcome: z.enum(['Done', 'Failed']),
  /** Why it failed; null if it did not. */
  error: z.object({ reason: z.string(), message: z.string() }).nullable(),
  /** What was asked for. Values of properties that are secret are left out. */
  order: restoreOrder,
  /** Image of the Job as its manifest names it; null on the command line. Each attempt says which bytes ran. */
  image: z.string().nullable(),
  records: count,
  /** Records in the target that committed transactions cover. */
  committed: count,
  bytes: count,
  proof: proofRecord.nullable(),
  /** Each process that worked on it, oldest first. */
  attempts: z.array(attemptRecord),
  /** Signals that people gave the workflow, oldest first; of earlier executions as far as Temporal still has them. Null where
   * nobody can tell. */
  signals: z.array(givenSignal).nullable(),
  /** The report as it was when this was written. */
  report: z.object({ file: z.string(), bytes: count, sha256: z.string() }),
  /** Entries that were left out to keep the document small: topics from the end, attempts and signals from the beginning. */
  leftOut: z.object({ topics: count, attempts: count, signals: count }),
});
export type Audit = z.infer<typeof audit>;

/** What an audit says besides what stands in the report. */
export interface AuditContext {
  readonly at: string;
  readonly order: RestoreOrder;
  readonly image: string | null;
  readonly signals: readonly GivenSignal[] | null;
  /** The report as it stands on disk. */
  readonly file: Audit['report'];
}

/** The audit of a Restore that has ended, small enough whatever its size. */
export function auditOf(report: Report, { at, order, image, signals, file }: AuditContext): Audit {
  const { records, committed, bytes } = totals(report);
  const error = report.state === 'Failed' ? report.errors.at(-1) : undefined;
  return small({
    format: 'rekindle-audit/1',
    restore: report.restore,
    epoch: report.epoch,
    at,
    outcome: report.state === 'Failed' ? 'Failed' : 'Done',
    error: error === undefined ? null : { reason: error.reason, message: shortened(error.message) },
    order: withoutSecrets(order),
    image,
    records,
    committed,
    bytes,
    proof: report.proof,
    attempts: report.attempts,
    signals: signals === null ? null : [...signals],
    report: file,
    leftOut: { topics: 0, attempts: 0, signals: 0 },
  });
}

/** Parts of the names of properties whose values nobody may read. */
const secret = /password|secret|token|jaas|ssl\.key\.pem|passphrase/i;

function withoutSecrets(order: RestoreOrder): RestoreOrder {
  const properties = Object.entries(order.kafka).map(([name, value]): [string, string] => [
    name,
    secret.test(name) ? '(left out)' : shortened(value),
  ]);
  return { ...order, source: withoutUser(order.source), kafka: Object.fromEntries(properties) };
}

/** A URL may carry a name and a password. */
function withoutUser(source: RestoreOrder['source']): RestoreOrder['source'] {
  if (source.kind !== 's3' || source.endpoint === undefined) return source;
  return { ...source, endpoint: source.endpoint.replace(/\/\/[^/@]*@/, '//') };
}

const shortened = (text: string): string => (text.length <= MAX_TEXT ? text : `${text.slice(0, MAX_TEXT)}…`);

const bytesOf = (value: unknown): number => Buffer.byteLength(JSON.stringify(value));

/** Halves the longest list until all of it fits. */
function small(whole: Audit): Audit {
  const all = { topics: whole.order.topics, attempts: whole.attempts, signals: whole.signals ?? [] };
  const kept = { ...all };
  for (;;) {
    const audit: Audit = {
      ...whole,
      order: { ...whole.order, topics: kept.topics },
      attempts: kept.attempts,
      signals: whole.signals === null ? null : kept.signals,
      leftOut: {
        topics: all.topics.length - kept.topics.length,
        attempts: all.attempts.length - kept.attempts.length,
        signals: all.signals.length - kept.signals.length,
      },
    };
    if (bytesOf(audit) <= MAX_AUDIT_BYTES) return audit;
    const [topics, attempts, signals] = [kept.topics, kept.attempts, kept.signals].map(bytesOf) as [
      number,
      number,
      number,
    ];
    if (topics >= Math.max(attempts, signals)) kept.topics = kept.topics.slice(0, half(kept.topics));
    else if (attempts >= signals) kept.attempts = kept.attempts.slice(half(kept.attempts));
    else kept.signals = kept.signals.slice(half(kept.signals));
  }
}

const half = ({ length }: readonly unknown[]): number => Math.floor(length / 2);
