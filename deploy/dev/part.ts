import type { Bridge } from './bridge.ts';
import type { PartName } from './state.ts';

/** One part of the local stack: what the machine must have, what is installed once, how it starts. */
export interface Part {
  name: PartName;
  /** What it is, for the progress display. */
  title: string;
  /** The environment variable that names an existing one to use instead. */
  variable: string;
  /** Puts the existing one into the state, so that tests and demo use it. */
  useExisting: (value: string) => void;
  /** The value of `variable` that means the one started here. */
  ownValue: () => Promise<string>;
  /** What the machine lacks: one line each, with what to do. */
  missing: () => Promise<string[]>;
  /** Builds or downloads what is not in the cache. */
  install: () => Promise<void>;
  /** Starts what does not run and writes the addresses into the state. */
  start: (bridge: Bridge | undefined) => Promise<void>;
  /** Stops it, where it takes more than to stop its servers, the last one first. */
  stop?: () => Promise<void>;
}
