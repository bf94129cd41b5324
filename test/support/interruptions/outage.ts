import { AsyncLocalStorage } from 'node:async_hooks';
import { stateFolder } from '../../../deploy/dev/folders.ts';
import { exclusively } from '../../../deploy/dev/lock.ts';

/** Set in whatever an outage does. */
const ours = new AsyncLocalStorage<true>();

/**
 * Ways that stop servers of all Restores wait for each other: what happens is then due to one of them. An outage within
 * another is a part of it.
 */
export const outage = <T>(work: () => Promise<T>): Promise<T> =>
  ours.getStore() === true ? work() : exclusively(`${stateFolder}/outage.lock`, () => ours.run(true, work));
