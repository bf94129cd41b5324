import type { Observation } from '../../../src/model/observation.ts';
import type { RestoreState } from '../../../src/model/state.ts';
import { pictureOf } from './kubernetes.ts';
import type { Kubernetes } from './kubernetes.ts';
import { numberOfJobs, numberOfReport, numberOfRestore, numberOfState } from './sameness.ts';

/**
 * What was and may come back: in a watch that is slow, of this operator or of another leader, and by a reset. Each kind of
 * object has a watch of its own, so a picture may be put together of different moments.
 */
export class Past {
  readonly restores: readonly Kubernetes['restore'][];
  readonly reports: readonly Kubernetes['report'][];
  readonly jobs: readonly Kubernetes['jobs'][];
  readonly leaving: readonly Kubernetes['leaving'][];
  readonly states: readonly RestoreState[];

  constructor(
    restores: Past['restores'],
    reports: Past['reports'],
    jobs: Past['jobs'],
    leaving: Past['leaving'],
    states: Past['states'],
  ) {
    this.restores = restores;
    this.reports = reports;
    this.jobs = jobs;
    this.leaving = leaving;
    this.states = states;
  }

  with({ restore, report, jobs, leaving }: Kubernetes): Past {
    const restores = including(this.restores, restore, numberOfRestore);
    const reports = including(this.reports, report, numberOfReport);
    const lists = including(this.jobs, jobs, numberOfJobs);
    const left = including(this.leaving, leaving, Number);
    const isKnown =
      restores === this.restores && reports === this.reports && lists === this.jobs && left === this.leaving;
    return isKnown ? this : new Past(restores, reports, lists, left, this.states);
  }

  withState(state: RestoreState): Past {
    const states = including(this.states, state, (one) => numberOfState(one, 0));
    return states === this.states ? this : new Past(this.restores, this.reports, this.jobs, this.leaving, states);
  }

  /** In how many ways a picture can be put together. */
  get pictures(): number {
    const { restores, reports, jobs, leaving } = this;
    return restores.length * reports.length * jobs.length * leaving.length;
  }

  picture(which: number): Observation {
    const { restores, reports, jobs, leaving } = this;
    return pictureOf({
      restore: at(restores, which),
      report: at(reports, which / restores.length),
      jobs: at(jobs, which / restores.length / reports.length),
      leaving: at(leaving, which / restores.length / reports.length / jobs.length),
    });
  }

  state(which: number): RestoreState {
    return at(this.states, which);
  }
}

function including<T>(all: readonly T[], one: T, numberOf: (one: T) => number): readonly T[] {
  const number = numberOf(one);
  return all.some((other) => other === one || numberOf(other) === number) ? all : [...all, one];
}

/** Counted round: a random schedule does not know how many there are. */
const at = <T>(all: readonly T[], which: number): T => all[Math.floor(which) % all.length] as T;
