import { DefaultLogger, Runtime, makeTelemetryFilterString } from '@temporalio/worker';
import type { Logger } from '../src/telemetry/log.ts';

/**
 * Temporal's runtime for this process: warnings and errors go to our log (the rest when debugging), and signals are ours to
 * handle, so that what is under way ends in the right order. To be called before anything else of Temporal.
 */
export function installTemporal(logger: Logger): void {
  Runtime.install({
    shutdownSignals: [],
    telemetryOptions: { logging: { filter: makeTelemetryFilterString({ core: 'WARN' }), forward: {} } },
    logger: new DefaultLogger('DEBUG', ({ level, message, meta }) => {
      if (level === 'ERROR') logger.error(meta ?? {}, message);
      else if (level === 'WARN') logger.warn(meta ?? {}, message);
      else logger.debug(meta ?? {}, message);
    }),
  });
}
