import type { Played } from './play.ts';
import { mayHaltWith, type Scenario } from './scenario.ts';

/** At least this share of the scenarios that are promised a good end must come to it without a hand. */
const GOOD_ENDS = 0.99;

/** The counts of a run; all but the kills are scenarios. */
export class Tally {
  scenarios = 0;
  /** Scenarios that ended Done, and of those the ones with such a record. */
  done = 0;
  missing = 0;
  duplicates = 0;
  reordered = 0;
  changed = 0;
  /** Of those with doubled records: without transactions they came late, after Done, and `rekindle verify` has found them. */
  lateAndFound = 0;
  /** Ended with a named reason that a person must act on. */
  halted = 0;
  /** Scenarios that had to halt, and those that halted as they had to. */
  mustHalt = 0;
  haltedRightly = 0;
  /** Said Done, and anything was wrong: with the target, the report, a process, or whoever was still at work. */
  doneWrongly = 0;
  /** Scenarios that were drawn so that they may halt in place of Done; those that ended as they may, and that so halted. */
  promisedLess = 0;
  promisedLessKept = 0;
  haltedInPlace = 0;
  /** Scenarios without transactions. */
  idempotent = 0;
  /** Scenarios that restored behind records of others, those whose archive had grown, and those that read all back. */
  appended = 0;
  grown = 0;
  readBack = 0;
  /** All strikes came too late. */
  untouched = 0;
  /** Without an end in time. */
  unfinished = 0;
  /** Ended wrongly in any way; those above are among them. */
  flawed = 0;
  /** Could not be played: a strike failed. */
  broken = 0;
  kills = 0;
  /** Kills of a process some of whose acknowledged bytes no report knew of. */
  killsInFlight = 0;
  /** Processes that ended with an error without a name; they are started again. */
  crashes = 0;

  /** The highest seed that was played; when time has run out, some before it may not have been. */
  lastSeed = 0;

  /** Of those that did not have to halt: ended Done; and those of them that were promised no less. */
  #goodEnds = 0;
  #promisedGoodEnds = 0;

  add(scenario: Scenario, { outcome, verdict, mustHalt, ...played }: Played): void {
    const right = verdict.flaws.length === 0;
    const promisedLess = !mustHalt && mayHaltWith(scenario).length > 0;
    this.#played(scenario);
    this.scenarios += 1;
    if (outcome.how === 'done' && !mustHalt) {
      this.#goodEnds += 1;
      if (!promisedLess) this.#promisedGoodEnds += 1;
    }
    if (outcome.how === 'done') {
      this.done += 1;
      if (!right) this.doneWrongly += 1;
      for (const flaw of ['missing', 'duplicates', 'reordered', 'changed'] as const) {
        if (verdict[flaw] > 0) this[flaw] += 1;
      }
      if (verdict.lateAndFound) this.lateAndFound += 1;
    }
    if (outcome.how === 'halted') this.halted += 1;
    if (outcome.how === 'unfinished') this.unfinished += 1;
    if (mustHalt) this.mustHalt += 1;
    if (scenario.delivery === 'idempotent') this.idempotent += 1;
    if (scenario.before === 'records of others') this.appended += 1;
    if (scenario.before === 'an older archive restored') this.grown += 1;
    if (scenario.proof === 'read-back') this.readBack += 1;
    if (played.struck.length === 0) this.untouched += 1;
    if (promisedLess) this.promisedLess += 1;
    if (promisedLess && right) this.promisedLessKept += 1;
    if (promisedLess && right && outcome.how === 'halted') this.haltedInPlace += 1;
    if (mustHalt && right) this.haltedRightly += 1;
    if (!right) this.flawed += 1;
    this.kills += played.kills;
    this.killsInFlight += played.killsInFlight;
    this.crashes += played.crashes;
  }

  addBroken(scenario: Scenario): void {
    this.#played(scenario);
    this.broken += 1;
  }

  #played({ seed }: Scenario): void {
    this.lastSeed = Math.max(this.lastSeed, seed);
  }

  /** Of all scenarios that did not have to halt, the share that ended Done without a hand. */
  get goodEnds(): number {
    return share(this.#goodEnds, this.scenarios - this.mustHalt);
  }

  /** The same of those that were promised it: told apart by what was drawn, not by how they ended. */
  get promisedGoodEnds(): number {
    return share(this.#promisedGoodEnds, this.scenarios - this.mustHalt - this.promisedLess);
  }

  /** All numbers by name. */
  get counts(): Record<string, number | boolean> {
    const { goodEnds, promisedGoodEnds, passed } = this;
    return { ...Object.fromEntries(Object.entries(this)), goodEnds, promisedGoodEnds, passed };
  }

  get passed(): boolean {
    return (
      this.doneWrongly === 0 &&
      this.broken === 0 &&
      this.crashes === 0 &&
      this.mustHalt === this.haltedRightly &&
      this.promisedLess === this.promisedLessKept &&
      this.promisedGoodEnds >= GOOD_ENDS
    );
  }
}

const share = (part: number, whole: number): number => (whole === 0 ? 1 : part / whole);

/** One line about one scenario, for a person who watches. */
export function line(
  { seed, strikes, delivery, before, proof }: Scenario,
  { outcome, verdict, seconds, kills, killsInFlight }: Played,
): string {
  const how = outcome.how === 'halted' ? `halted ${outcome.reason}` : outcome.how;
  const nemeses = strikes.map(({ strike }) => strike.nemesis).join('; ');
  const told = `${String(seed).padStart(8)}  ${seconds.toFixed(1).padStart(5)} s  ${how.padEnd(22)}  ${nemeses}`;
  const manner = [
    ...(delivery === 'idempotent' ? ['without transactions'] : []),
    ...(before === 'nothing' ? [] : [before]),
    ...(proof === 'read-back' ? ['read back'] : []),
  ]
    .map((one) => `  (${one})`)
    .join('');
  const killed = kills > 0 ? `  (${killsInFlight} of ${kills} kills in flight)` : '';
  const late = verdict.lateAndFound ? `  (${verdict.duplicates} records came after Done; verify finds them)` : '';
  return [told + killed + manner + late, ...verdict.flaws.map((flaw) => `          WRONG: ${flaw}`)].join('\n');
}
