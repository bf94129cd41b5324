import { reasons, type Reason } from '../../src/model/reasons.ts';

/** How one process of a restore came to its end. */
export type Ending =
  | { how: 'done' }
  /** A person must act, says the process. */
  | { how: 'halted'; reason: Reason; message: string }
  /** Another process is in charge, the world was in the way, or it was told to end: whoever started it starts it again. */
  | { how: 'gave way'; reason: Reason; message: string }
  | { how: 'killed'; signal: string }
  /** It ended with something that it has no name for. */
  | { how: 'crashed'; message: string };

/** Of what a process has left behind. */
export function endingOf({
  exitCode,
  signal,
  stdout,
  stderr,
}: {
  exitCode?: number | undefined;
  signal?: string | undefined;
  stdout: string;
  stderr: string;
}): Ending {
  if (signal !== undefined) return { how: 'killed', signal };
  if (exitCode === 0 && stdout.includes('"restore":"done"')) return { how: 'done' };
  const lines = stderr.trimEnd().split('\n');
  const last = lines.findLastIndex((line) => nameOf(line) !== null);
  const reason = nameOf(lines[last] ?? '');
  // An error of several findings is a line each; behind what is not the last word there are lines of the log, or of a stack.
  if (reason === null || lines.slice(last).some((line) => /^[{ ]/.test(line))) {
    return { how: 'crashed', message: stderr.slice(-2_000) };
  }
  const message = lines.slice(last).join('\n').slice(`${reason}: `.length);
  const consequence = reasons[reason];
  const givesWay = consequence === 'stopped' || consequence === 'waiting';
  return { how: givesWay ? 'gave way' : 'halted', reason, message };
}

/** The reason with which a line begins, as errors of ours do. */
function nameOf(line: string): Reason | null {
  const [, word = ''] = /^(\w+): /.exec(line) ?? [];
  return isReason(word) ? word : null;
}

const isReason = (word: string): word is Reason => Object.hasOwn(reasons, word);
