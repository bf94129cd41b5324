import { stateFolder } from '../../../deploy/dev/folders.ts';
import { exclusively } from '../../../deploy/dev/lock.ts';

/** Ways that stop servers of all Restores wait for each other: what happens is then due to one of them. */
export const outage = <T>(work: () => Promise<T>): Promise<T> => exclusively(`${stateFolder}/outage.lock`, work);
