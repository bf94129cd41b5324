/**
 * The moments between two durable steps, where a crash is most telling. Tests stop the process at them; in production
 * nothing happens there.
 */
export const steps = [
  'report-opened', // the report knows of this process, which is about to look at the target
  'claiming', // what is to be claimed is known, and not recorded yet
  'preparing', // the claim is recorded, the target is untouched
  'purge-decided', // it was read what a purge deletes, nothing is deleted
  'purged', // our own records are deleted, the report does not know
  'acknowledged', // batches are acknowledged, their transaction is open
  'report-runs-appended', // runs that do not change any more are in their file, the report does not count on them yet
  'committed', // the transaction is committed, the report does not know yet
  'checkpointed', // the report knows
  'report-temporary-written', // the new report is beside the old one, not yet in its place
  'takeover-committed', // the transaction of the process before us is committed, our epoch not yet taken
  'takeover-bumped', // our epoch is taken, the report does not know
  'takeover-fenced', // every leader refuses the process before us, where there are transactions
  'proving', // each partition: those before it are proved
  'restoring-configuration', // each topic: those before it have their own configuration back
] as const;

export type StepName = (typeof steps)[number];
export type Step = (name: StepName) => void | Promise<void>;

/**
 * `REKINDLE_STOP_AT=<step>[#<n>][:SIGSTOP]` makes a process kill itself with SIGKILL the n-th time (default 1) it comes to
 * a step, or freeze until it gets SIGCONT: the crash test that anybody can repeat.
 */
export function stepFromEnvironment(value: string | undefined): Step {
  if (!value) return () => undefined;
  const [, name, nth = '1', freeze] = /^([a-z-]+)(?:#(\d+))?(:SIGSTOP)?$/.exec(value) ?? [];
  if (!steps.some((known) => known === name)) {
    throw new Error(`REKINDLE_STOP_AT=${value}: expected <step>[#<n>][:SIGSTOP] with a step of ${steps.join(', ')}`);
  }
  let left = Number(nth);
  return (step) => {
    if (step !== name || --left !== 0) return;
    process.kill(process.pid, freeze ? 'SIGSTOP' : 'SIGKILL');
    // Still here: the first process of a container cannot be killed from within, but it can die of itself.
    if (!freeze) process.abort();
  };
}
