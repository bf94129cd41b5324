import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

/** The root folder of this checkout. */
export const checkout = resolve(import.meta.dirname, '../..');

/** Everything that the local stack keeps for this checkout: addresses, data, logs. Not in git. */
export const stateFolder = join(checkout, '.dev');

/** Where the log file of each server stands. */
export const logFolder = join(stateFolder, 'logs');

/** Links to the programs that talk to the servers (kubectl, temporal), for a person's PATH. */
export const programFolder = join(stateFolder, 'bin');

/** What is built or downloaded once for all checkouts: `$XDG_CACHE_HOME/rekindle-dev`, by default in `~/.cache`. */
export const cacheFolder = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'rekindle-dev');
