import { createHash } from 'node:crypto';
import type { Logger } from '../telemetry/log.ts';
import type { KubeClient } from './client.ts';
import { KubeConflict, inWords, isRefusal } from './errors.ts';
import { microTime } from './micro-time.ts';
import { kinds } from './objects.ts';
import type { Draft, Event, KubeObject } from './objects.ts';

/** Limits of events.k8s.io/v1, characters. */
const maxNote = 1024;
const maxName = 253;

export interface EventRecorderOptions {
  readonly client: KubeClient;
  /** Who reports, as a qualified name: `rekindle.dev/operator`. */
  readonly component: string;
  /** Which instance reports: the pod's name. */
  readonly instance: string;
  readonly logger: Logger;
}

export interface Happening {
  readonly type: 'Normal' | 'Warning';
  /** One word. */
  readonly reason: string;
  /** A sentence for a person; cut after 1024 characters. */
  readonly note: string;
  /** What was being done. Default: the reason. */
  readonly action?: string;
}

/** What was last said about an object by anybody; null when nothing was, or when it may not be read. */
export async function lastNote(
  client: KubeClient,
  { namespace, uid }: { readonly namespace: string; readonly uid: string },
): Promise<string | null> {
  try {
    const events = await client.list(kinds.Event, { namespace, fieldSelector: `regarding.uid=${uid}` });
    const newest = events.toSorted((a, b) => (timeOf(a) < timeOf(b) ? 1 : -1))[0];
    return newest?.note ?? null;
  } catch (error) {
    if (isRefusal(error)) return null;
    throw error;
  }
}

/** Recorders of either kind of event leave the time of the last one in a field of its own. */
function timeOf({ series, deprecatedLastTimestamp, eventTime }: Event): string {
  return series?.lastObservedTime ?? deprecatedLastTimestamp ?? eventTime;
}

/**
 * Events beside an object, as `kubectl describe` shows them. The same happening again only counts up: the event's name is
 * made of object, reason and note. Nothing ever fails because of an event.
 */
export class EventRecorder {
  readonly #options: EventRecorderOptions;

  constructor(options: EventRecorderOptions) {
    this.#options = options;
  }

  async record(regarding: KubeObject, happening: Happening): Promise<void> {
    const { client, logger } = this.#options;
    const draft = this.#draft(regarding, happening);
    try {
      try {
        await client.create(kinds.Event, draft);
      } catch (error) {
        if (!(error instanceof KubeConflict)) throw error;
        await this.#countUp(draft);
      }
    } catch (error) {
      logger.warn(
        { reason: happening.reason, note: happening.note, error: inWords(error) },
        'an event was not recorded',
      );
    }
  }

  async #countUp({ metadata }: Draft<Event>): Promise<void> {
    const { client } = this.#options;
    const event = await client.get(kinds.Event, metadata);
    if (event === null) return;
    const series = { count: (event.series?.count ?? 1) + 1, lastObservedTime: microTime() };
    await client.mergePatch(kinds.Event, metadata, { series });
  }

  #draft(regarding: KubeObject, { type, reason, note, action = reason }: Happening): Draft<Event> {
    const { component, instance } = this.#options;
    const { apiVersion, kind, metadata } = regarding;
    const { name, uid, resourceVersion } = metadata;
    // Events of objects of the whole cluster are kept in the namespace `default`.
    const namespace = metadata.namespace ?? 'default';
    const hash = createHash('sha256')
      .update(JSON.stringify([component, uid, type, reason, note]))
      .digest('hex');
    const suffix = `.${hash.slice(0, 16)}`;
    return {
      apiVersion: kinds.Event.apiVersion,
      kind: kinds.Event.kind,
      metadata: { namespace, name: name.slice(0, maxName - suffix.length) + suffix },
      type,
      reason,
      action,
      note: note.slice(0, maxNote),
      regarding: { apiVersion, kind, namespace, name, uid, resourceVersion },
      reportingController: component,
      reportingInstance: instance,
      eventTime: microTime(),
    };
  }
}
