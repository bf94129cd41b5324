import { readFileSync } from 'node:fs';
import { z } from 'zod';

/** A process that cannot be mistaken for a later one with the same pid. */
export const processIdentity = z.object({
  pid: z.number(),
  /** When the process started, in clock ticks since the boot (field 22 of `/proc/<pid>/stat`). */
  startTicks: z.number(),
});
export type ProcessIdentity = z.infer<typeof processIdentity>;

/** The identity of the living process with this pid; undefined when there is none, or only its unreaped remains. */
export function identify(pid: number): ProcessIdentity | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return undefined;
  }
  return identityIn(pid, stat);
}

/** @param stat what `/proc/<pid>/stat` says */
export function identityIn(pid: number, stat: string): ProcessIdentity | undefined {
  // The second field is the program's name in parentheses, which may itself hold spaces and parentheses.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state, threads, startTicks] = [fields[0], Number(fields[17]), Number(fields[19])];
  // As long as any thread is there, the files and ports of all may be open.
  const isGone = (state === 'Z' || state === 'X') && threads <= 1;
  return isGone ? undefined : { pid, startTicks };
}

/** Whether this very process still lives. */
export function isAlive(identity: ProcessIdentity | undefined): boolean {
  return identity !== undefined && identify(identity.pid)?.startTicks === identity.startTicks;
}
