import { DefaultLogger } from '@temporalio/worker';
import type { Logger as TemporalLogger } from '@temporalio/worker';
import type { Logger } from '../src/telemetry/log.ts';

/** What Temporal's SDK has to say, in our log: warnings and errors; the rest only when debugging. */
export function temporalLogger(logger: Logger): TemporalLogger {
  return new DefaultLogger('DEBUG', ({ level, message, meta }) => {
    if (level === 'ERROR') logger.error(meta ?? {}, message);
    else if (level === 'WARN') logger.warn(meta ?? {}, message);
    else logger.debug(meta ?? {}, message);
  });
}
