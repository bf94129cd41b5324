import { backoffMs } from '../model/backoff.ts';
import type { Logger } from '../telemetry/log.ts';
import { KubeError, inWords, isExpired } from './errors.ts';
import type { ListWatch } from './list-watch.ts';
import type { KubeObject } from './objects.ts';
import { ObjectStore } from './object-store.ts';
import type { Change } from './object-store.ts';
import { pause, withJitter } from './pause.ts';

/** Objects per page of a list: client-go's default. */
const pageSize = 500;
/** The server is asked to end each watch after a random time in this range, seconds, so that load spreads. */
const watchSeconds = { min: 240, max: 480 };
/**
 * A watch that is silent for this long is taken for dead, milliseconds: the server writes a bookmark about every minute.
 * It must stay below the five minutes after which proxies drop idle connections without a word.
 */
const idleMs = 150_000;
/** Over and above the time that the server was told, before the client ends the watch itself, milliseconds. */
const graceMs = 15_000;
/** Everything is listed again this often, milliseconds: a safety net, and the pulse of level-triggered controllers. */
const relistMs = 600_000;
const backoff = { firstMs: 500, maxMs: 30_000 };
/** A watch that ends sooner than this without a word counts as a failure, milliseconds. */
const shortWatchMs = 1_000;

export interface ReflectorOptions<T extends KubeObject> {
  readonly source: ListWatch<T>;
  readonly logger: Logger;
  /**
   * Told of each change, and of every object at each relist (`object` and `previous` are then the same version). It should
   * only note the key: what it throws is logged and forgotten.
   */
  readonly onChange: (change: Change<T>) => void;
  /** In [0, 1). Default `Math.random`. */
  readonly random?: () => number;
}

/**
 * A local copy of the objects of one kind, kept up to date by list and watch. It never gives up: whatever fails is tried
 * again from where it was, with a growing pause (0.5 s to 30 s); when that is too long ago for the server, by a new list.
 */
export class Reflector<T extends KubeObject> {
  readonly #options: ReflectorOptions<T>;
  readonly #random: () => number;
  readonly #store: ObjectStore<T>;
  readonly #stopping = new AbortController();
  readonly #synced = Promise.withResolvers<undefined>();
  #hasSynced = false;
  #failures = 0;
  #running: Promise<void> | undefined;

  constructor(options: ReflectorOptions<T>) {
    this.#options = options;
    this.#random = options.random ?? Math.random;
    this.#store = new ObjectStore((change) => this.#tell(change));
  }

  /** Whether the first list is in the store. */
  get hasSynced(): boolean {
    return this.#hasSynced;
  }

  /** Settles with the first list. Never, if that never comes. */
  async whenSynced(): Promise<void> {
    await this.#synced.promise;
  }

  /** By key (`namespace/name`). */
  get(key: string): T | undefined {
    return this.#store.get(key);
  }

  list(): T[] {
    return this.#store.list();
  }

  start(): void {
    this.#running ??= this.#run();
  }

  /** Settles when nothing is under way any more. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      try {
        const resourceVersion = await this.#relist(signal);
        await this.#follow(resourceVersion, signal);
      } catch (error) {
        await this.#waitAfter(error, 'list', signal);
      }
    }
  }

  /** Fills the store anew; returns from where to watch. */
  async #relist(signal: AbortSignal): Promise<string> {
    const { items, resourceVersion } = await this.#listAll(signal);
    this.#store.replace(items);
    this.#failures = 0;
    this.#hasSynced = true;
    this.#synced.resolve(undefined);
    return resourceVersion;
  }

  async #listAll(signal: AbortSignal): Promise<{ items: T[]; resourceVersion: string }> {
    const { source } = this.#options;
    let page = await source.list({ limit: pageSize, continue: undefined }, signal);
    const items = [...page.items];
    while (page.continue !== undefined) {
      try {
        page = await source.list({ limit: pageSize, continue: page.continue }, signal);
        items.push(...page.items);
      } catch (error) {
        if (!isExpired(error)) throw error;
        // The list took so long that its next page is gone: take it in one piece.
        page = await source.list({ limit: undefined, continue: undefined }, signal);
        items.splice(0, items.length, ...page.items);
      }
    }
    return { items, resourceVersion: page.resourceVersion };
  }

  /** Watches, and watches again, until it is time for a new list. */
  async #follow(start: string, signal: AbortSignal): Promise<void> {
    const relistAt = Date.now() + relistMs;
    let position = start;
    const advance = (resourceVersion: string): void => {
      position = resourceVersion;
      this.#failures = 0;
    };
    while (!signal.aborted && Date.now() < relistAt) {
      try {
        await this.#watchOnce(position, relistAt - Date.now(), advance, signal);
      } catch (error) {
        if (isExpired(error)) return;
        await this.#waitAfter(error, 'watch', signal);
      }
    }
  }

  async #watchOnce(
    resourceVersion: string,
    atMostMs: number,
    advance: (resourceVersion: string) => void,
    signal: AbortSignal,
  ): Promise<void> {
    const wished = watchSeconds.min + Math.floor((watchSeconds.max - watchSeconds.min + 1) * this.#random());
    const timeoutSeconds = Math.max(1, Math.min(wished, Math.ceil(atMostMs / 1000)));
    const started = Date.now();
    let silent = true;

    const connection = new AbortController();
    const giveUp = (why: string) => () => connection.abort(new Error(why));
    const silence = giveUp(`nothing was heard for ${idleMs / 1000} s`);
    let idle = setTimeout(silence, idleMs);
    const end = setTimeout(giveUp('the server did not end the watch in time'), timeoutSeconds * 1000 + graceMs);
    try {
      const both = AbortSignal.any([signal, connection.signal]);
      for await (const event of this.#options.source.watch({ resourceVersion, timeoutSeconds }, both)) {
        clearTimeout(idle);
        idle = setTimeout(silence, idleMs);
        silent = false;
        if (event.type === 'DELETED') this.#store.remove(event.object);
        else if (event.type !== 'BOOKMARK') this.#store.put(event.object);
        advance(event.resourceVersion);
      }
    } finally {
      clearTimeout(idle);
      clearTimeout(end);
    }
    if (silent && Date.now() - started < shortWatchMs) throw new Error('the watch ended as soon as it began');
  }

  async #waitAfter(error: unknown, what: string, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    this.#failures += 1;
    const asked = error instanceof KubeError ? (error.retryAfterMs ?? 0) : 0;
    const ms = Math.max(asked, withJitter(backoffMs(this.#failures, backoff), this.#random));
    const { logger, source } = this.#options;
    logger.warn(
      { resource: source.name, failures: this.#failures, error: inWords(error) },
      `${what} failed, tried again`,
    );
    await pause(ms, signal);
  }

  #tell(change: Change<T>): void {
    try {
      this.#options.onChange(change);
    } catch (error) {
      this.#options.logger.error({ key: change.key, error: inWords(error) }, 'the handler of a change failed');
    }
  }
}
