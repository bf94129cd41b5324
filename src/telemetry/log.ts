import pino from 'pino';

export type Logger = pino.Logger;

/**
 * The one logger: JSON lines on standard error, so that standard output stays free for results.
 * Level from `REKINDLE_LOG_LEVEL` (default `info`).
 */
export function createLogger(bindings: Record<string, unknown> = {}): Logger {
  return pino(
    { level: process.env['REKINDLE_LOG_LEVEL'] ?? 'info', base: bindings, timestamp: pino.stdTimeFunctions.isoTime },
    pino.destination({ fd: 2, sync: true }),
  );
}
