import type { ListWatch, Page, PageRequest, WatchEvent, WatchRequest } from '../../../src/kube/list-watch.ts';
import type { KubeObject } from '../../../src/kube/objects.ts';

/** One watch that the reflector opened; the test is the server. */
export class ScriptedWatch {
  readonly request: WatchRequest;
  #lines: (WatchEvent<KubeObject> | Error | 'end')[] = [];
  #wake = Promise.withResolvers<undefined>();
  #closed = false;

  constructor(request: WatchRequest) {
    this.request = request;
  }

  /** Whether the reflector has let go of it. */
  isClosed(): boolean {
    return this.#closed;
  }

  says(event: WatchEvent<KubeObject>): void {
    this.#push(event);
  }

  /** The server ends it, as it does after its timeout. */
  ends(): void {
    this.#push('end');
  }

  fails(error: Error): void {
    this.#push(error);
  }

  #push(line: WatchEvent<KubeObject> | Error | 'end'): void {
    this.#lines.push(line);
    this.#wake.resolve(undefined);
  }

  async *events(signal: AbortSignal): AsyncGenerator<WatchEvent<KubeObject>> {
    const aborted = new Promise<never>((_, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
    });
    aborted.catch(() => undefined);
    try {
      for (;;) {
        const line = this.#lines.shift();
        if (line === 'end') return;
        if (line instanceof Error) throw line;
        if (line !== undefined) yield line;
        else {
          await Promise.race([this.#wake.promise, aborted]);
          this.#wake = Promise.withResolvers<undefined>();
        }
      }
    } finally {
      this.#closed = true;
    }
  }
}

/** An API server whose every answer the test decides. */
export class ScriptedSource implements ListWatch<KubeObject> {
  readonly name = 'things';
  /** What the next lists answer, in this order; the last answer is given again and again. */
  readonly pages: (Page<KubeObject> | Error)[] = [];
  readonly pageRequests: PageRequest[] = [];
  readonly watches: ScriptedWatch[] = [];
  /** What the next watches answer at once instead of opening. */
  readonly watchErrors: Error[] = [];

  list(request: PageRequest): Promise<Page<KubeObject>> {
    this.pageRequests.push(request);
    const page = this.pages.length > 1 ? this.pages.shift() : this.pages[0];
    if (page === undefined) throw new Error('no page was scripted');
    return page instanceof Error ? Promise.reject(page) : Promise.resolve(page);
  }

  watch(request: WatchRequest, signal: AbortSignal): AsyncIterable<WatchEvent<KubeObject>> {
    const watch = new ScriptedWatch(request);
    this.watches.push(watch);
    const error = this.watchErrors.shift();
    if (error !== undefined) watch.fails(error);
    return watch.events(signal);
  }

  /** The watch opened last. */
  get lastWatch(): ScriptedWatch {
    const watch = this.watches.at(-1);
    if (watch === undefined) throw new Error('no watch was opened');
    return watch;
  }
}

export function thing(name: string, resourceVersion: string, uid = `uid-${name}`): KubeObject {
  const metadata = { namespace: 'ns', name, uid, resourceVersion, creationTimestamp: '2024-01-01T00:00:00Z' };
  return { apiVersion: 'v1', kind: 'Thing', metadata };
}

export function page(resourceVersion: string, items: KubeObject[], next?: string): Page<KubeObject> {
  return { items, resourceVersion, continue: next };
}
