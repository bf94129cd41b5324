import type { Situation } from '../../../src/model/decide.ts';
import type { JobFacts, Observation } from '../../../src/model/observation.ts';
import { outOfMemoryLimit } from '../../../src/model/state.ts';
import type { RestoreState } from '../../../src/model/state.ts';
import { code } from '../search/codes.ts';
import { Fingerprint } from '../search/fingerprint.ts';
import type { ControlPlane } from './control-plane.ts';
import type { Kubernetes } from './kubernetes.ts';

/*
 * Worlds that differ in nothing that can matter have the same fingerprint. Of moments it matters how far away they are, of
 * claims whether one is there; what only words and phases are made of (numbers of attempts, troubles) does not. Jobs bear
 * their names in the order in which they were made, which is the same in worlds that are alike.
 */

/** Of what is never changed, the number is looked up once. */
const known = new WeakMap<object, number>();

const numbered = <T extends object>(thing: T, word: (thing: T) => string): number => {
  let number = known.get(thing);
  if (number === undefined) known.set(thing, (number = code(word(thing))));
  return number;
};

/** Most often there is one Job, and most often it is the one that was there before. */
export const numberOfJobs = (jobs: readonly JobFacts[]): number => {
  const [first] = jobs;
  return first !== undefined && jobs.length === 1
    ? numbered(first, wordFor)
    : numbered(jobs, (all) => all.map(wordFor).join());
};

/** How a Job that is over stands to its order matters only while its pod can say how it ended, and to its claim not at all. */
const wordFor = ({ uid, phase, outdated, reportGone, pod }: JobFacts): string => {
  const running = pod?.running === true;
  const order = phase !== 'Complete' && (running || pod?.loss == null) && outdated;
  return `${uid} ${phase} ${order} ${phase === 'Active' && reportGone} ${pod?.uid ?? ''} ${running} ${pod?.loss?.reason ?? ''}`;
};

export const numberOfReport = (report: Observation['report']): number =>
  report === null ? 0 : report.deleting ? 1 : 2;

export const numberOfRestore = ({ enabled, deleting }: Kubernetes['restore']): number =>
  Number(enabled) + 2 * Number(deleting);

/** No execution waits longer than this for a pod to leave. Milliseconds. */
const leaveWithin = 60_000;
/** Losses after which the wait before the next attempt grows no more. */
const countedLosses = 7;

export function numberOfState(
  { job, released, paused, guarded, losses, outOfMemory, notBefore }: RestoreState,
  now: number,
): number {
  const counts = Math.min(losses, countedLosses) * outOfMemoryLimit + Math.min(outOfMemory, outOfMemoryLimit - 1);
  const flags = Number(paused !== null) + 2 * Number(guarded);
  const rest = Math.max(0, notBefore - now) * 32 + counts;
  const jobs = numberOfJob(job?.uid ?? null) * 64 + numberOfJob(released);
  return (rest * 4 + flags) * 4096 + jobs;
}

const numberOfJob = (uid: string | null): number => (uid === null ? 0 : Number(uid.slice('job-'.length)));

/** What is, without what was: enough for a world in which nothing of the past comes back. */
export function fingerprintOfPresent(world: ControlPlane): Fingerprint {
  const { state, now, ended, kubernetes, proved, made } = world;
  const print = new Fingerprint();
  addNumber(print, numberOfState(state, now.now));
  addKubernetes(print, kubernetes);
  print.add(Number(kubernetes.leaving) + 2 * Number(kubernetes.full));
  print.add(made).add(proved.size);
  for (const uid of proved) print.add(numberOfJob(uid));
  print.add(ended === null ? 0 : code(ended.as));
  // An execution that has closed knows nothing that the next one will know.
  if (ended === null) addSituation(print, now, world.said);
  else print.add(Number(world.remembered) + 2 * Number(world.closedWhileDeleting));
  return print;
}

export function fingerprintOf(world: ControlPlane): Fingerprint {
  const { past, now } = world;
  const print = fingerprintOfPresent(world);
  addSet(print, past.restores.map(numberOfRestore));
  addSet(print, past.reports.map(numberOfReport));
  addSet(print, past.jobs.map(numberOfJobs));
  addSet(print, past.leaving.map(Number));
  addSet(
    print,
    past.states.map((state) => numberOfState(state, now.now)),
  );
  return print;
}

function addKubernetes(
  print: Fingerprint,
  { restore, report, jobs }: Pick<Kubernetes, 'restore' | 'report' | 'jobs'>,
): void {
  print.add(numberOfRestore(restore)).add(numberOfReport(report)).add(numberOfJobs(jobs));
}

function addSituation(print: Fingerprint, now: Situation, said: ControlPlane['said']): void {
  const { seen, looked, work, served, historyIsLong, cancelled, refused } = now;
  if (seen !== null) {
    addKubernetes(print, seen);
    print.add(seen.leftovers.length).add(Math.min(now.now - now.startedAt, leaveWithin));
  }
  print.add(looked === null ? 0 : code(looked.uid));
  print.add(looked?.found == null ? 0 : numbered(looked.found, wordFor));
  print.add(
    work === null
      ? 0
      : code(
          `${work.podUid ?? ''} ${work.waiting !== null} ${work.settled ? (said?.end ?? '') : ''} ${work.result?.end ?? ''}`,
        ),
  );
  print.add(Number(served) + 2 * Number(historyIsLong) + 4 * Number(cancelled));
  print.add(refused === null ? -1 : now.now - refused.at).add(refused?.times ?? 0);
}

/** In which order it came about, and how often, does not matter. */
function addSet(print: Fingerprint, numbers: readonly number[]): void {
  const sorted = numbers.toSorted((a, b) => a - b);
  sorted.forEach((n, i) => {
    if (n !== sorted[i - 1]) addNumber(print, n);
  });
  print.add(-1);
}

/** A fingerprint takes 32 bits at a time. */
function addNumber(print: Fingerprint, n: number): void {
  print.add(n % 2 ** 32).add(Math.floor(n / 2 ** 32));
}
