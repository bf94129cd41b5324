import { z } from 'zod';
import { collectionPath } from './paths.ts';
import type { Selection } from './paths.ts';
import type { Kind, KubeObject } from './objects.ts';
import { refusalOf } from './transport.ts';
import type { Transport } from './transport.ts';

/** A page of a list. */
export interface Page<T> {
  readonly items: readonly T[];
  /** From where a watch goes on after the last page. */
  readonly resourceVersion: string;
  /** Token of the next page; absent on the last. */
  readonly continue: string | undefined;
}

/** What a watch says. A bookmark has no object: it only says how far the watch has come. */
export type WatchEvent<T> =
  | { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'; readonly object: T; readonly resourceVersion: string }
  | { readonly type: 'BOOKMARK'; readonly resourceVersion: string };

export interface PageRequest {
  /** Items per page; the whole list when absent. */
  readonly limit: number | undefined;
  readonly continue: string | undefined;
}

export interface WatchRequest {
  readonly resourceVersion: string;
  /** When the server ends the watch, seconds. */
  readonly timeoutSeconds: number;
}

/** What a reflector needs of the API server. Both must give up when the signal is aborted. */
export interface ListWatch<T> {
  /** What is listed, for log lines. */
  readonly name: string;
  list(request: PageRequest, signal: AbortSignal): Promise<Page<T>>;
  /** Ends when the server ends it; throws KubeError 410 when the resource version is too old. */
  watch(request: WatchRequest, signal: AbortSignal): AsyncIterable<WatchEvent<T>>;
}

/** The objects of a kind as a reflector's source. */
export function listWatch<T extends KubeObject>(
  client: { readonly transport: Transport },
  kind: Kind<T>,
  selection: Selection = {},
): ListWatch<T> {
  return {
    name: kind.plural,
    list: (request, signal) => listPage(client.transport, kind, selection, request, signal),
    watch: (request, signal) => watch(client.transport, kind, selection, request, signal),
  };
}

const listEnvelope = z.object({
  metadata: z.object({ resourceVersion: z.string(), continue: z.string().optional() }),
  items: z.array(z.unknown()).nullish(),
});

export async function listPage<T extends KubeObject>(
  transport: Transport,
  kind: Kind<T>,
  selection: Selection,
  request: PageRequest,
  signal?: AbortSignal,
): Promise<Page<T>> {
  const { namespace, ...selectors } = selection;
  const json = await transport.json({
    method: 'GET',
    path: collectionPath(kind, namespace),
    query: { ...selectors, limit: request.limit, continue: request.continue },
    signal,
  });
  const { metadata, items } = listEnvelope.parse(json);
  return {
    items: (items ?? []).map(kind.parse),
    resourceVersion: metadata.resourceVersion,
    // An empty token is how the server says that this was the last page.
    continue: metadata.continue === '' ? undefined : metadata.continue,
  };
}

const watchLine = z.object({
  type: z.enum(['ADDED', 'MODIFIED', 'DELETED', 'BOOKMARK', 'ERROR']),
  object: z.looseObject({}),
});
const bookmark = z.object({ metadata: z.object({ resourceVersion: z.string() }) });
const failure = z.looseObject({ code: z.number().default(500) });

async function* watch<T extends KubeObject>(
  transport: Transport,
  kind: Kind<T>,
  selection: Selection,
  request: WatchRequest,
  signal: AbortSignal,
): AsyncGenerator<WatchEvent<T>> {
  const { namespace, ...selectors } = selection;
  const query = { ...selectors, ...request, watch: true, allowWatchBookmarks: true };
  for await (const line of transport.lines({ method: 'GET', path: collectionPath(kind, namespace), query, signal })) {
    if (line !== '') yield eventOf(kind, line);
  }
}

function eventOf<T extends KubeObject>(kind: Kind<T>, line: string): WatchEvent<T> {
  const { type, object } = watchLine.parse(JSON.parse(line));
  switch (type) {
    case 'ERROR':
      throw refusalOf(JSON.stringify(object), failure.parse(object).code);
    case 'BOOKMARK':
      return { type, resourceVersion: bookmark.parse(object).metadata.resourceVersion };
    default: {
      const parsed = kind.parse(object);
      return { type, object: parsed, resourceVersion: parsed.metadata.resourceVersion };
    }
  }
}
