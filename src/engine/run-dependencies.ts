import type { RestoreOrder } from '../model/order.ts';
import type { Logger } from '../telemetry/log.ts';
import type { Step } from './steps.ts';

/** What one run of a restore is given. */
export interface RunDependencies {
  order: RestoreOrder;
  /** Folder of the report; created when missing. */
  reportFolder: string;
  /** Pod or host name, for the list of attempts. */
  identity: string;
  /** Number of this attempt, from 1. */
  attempt: number;
  /** Reference of the image that this process runs in, for the audit. */
  image?: string | undefined;
  logger: Logger;
  step?: Step | undefined;
  /**
   * The run does nothing but give the topics their configuration back: what the archive has got is left for another.
   * Without effect where not all is done.
   */
  onlyPutBack?: boolean | undefined;
  /** Milliseconds between two looks at the guards. Default: a minute. */
  lookAtGuardsEveryMs?: number | undefined;
  /** Milliseconds after which the coordinator aborts a transaction that nobody ends. Default: a quarter of an hour. */
  transactionTimeoutMs?: number | undefined;
}
