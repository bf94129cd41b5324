import type { CountedRuns } from './run-log.ts';

/** Epochs that stay besides the newest one, to be looked at by people and for the case that newer ones get damaged. */
const KEPT_EPOCHS = 5;

/** Everything that one epoch's process writes, also what it leaves behind when it dies. */
const fileOfEpoch = /^(?:\.?report|\.opened|errors|runs)\.(\d+)\.(?:[\w-]+\.)?(?:json|ndjson)(?:\.tmp.*)?$/;

/**
 * Files of a report folder that nobody needs any more, once the report of this epoch is on disk.
 * @param basedOn epoch of the report that this one goes on from; null on a start from zero
 * @param runFiles that this one counts on
 */
export function superseded(
  names: readonly string[],
  { epoch, basedOn, runFiles }: { epoch: number; basedOn: number | null; runFiles: readonly CountedRuns[] },
): string[] {
  const keptFrom = Math.min(epoch - KEPT_EPOCHS, basedOn ?? epoch);
  const needed = new Set(runFiles.map((file) => file.epoch));
  return names.filter((name) => {
    const of = Number(fileOfEpoch.exec(name)?.[1] ?? Infinity);
    return of < keptFrom && !(name.startsWith('runs.') && needed.has(of));
  });
}
