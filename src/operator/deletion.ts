import type { KubeClient } from '../kube/client.ts';
import { removeFinalizer } from '../kube/apply.ts';
import type { EventRecorder } from '../kube/events.ts';
import { inWords } from '../kube/errors.ts';
import { kinds } from '../kube/objects.ts';
import type { CustomObject, KubeObject } from '../kube/objects.ts';
import { asObject } from '../../activities/job-manifest.ts';
import type { Claims } from '../../activities/claims.ts';
import type { Attention } from '../model/attention.ts';
import type { Claim } from '../model/claim.ts';
import type { Observed } from '../model/observation.ts';
import { heldTopics } from '../model/held-retention.ts';
import { putBackNote, retentionNotes } from '../model/put-back-note.ts';
import { restoreFinalizer } from '../model/resources/names.ts';
import type { Restore } from '../model/resources/restore.ts';
import type { RestoreRef } from '../model/state.ts';
import type { Logger } from '../telemetry/log.ts';
import { TemporalTrouble } from './temporal.ts';
import type { Workflows } from './temporal.ts';

/** A Restore that is being deleted is let go after this long at the latest, milliseconds. */
const letGoAfterMs = 120_000;

export interface DeletionOptions {
  readonly kube: KubeClient;
  readonly temporal: Workflows;
  readonly claims: Claims;
  readonly events: EventRecorder;
  readonly logger: Logger;
}

/** The end of a Restore: its workflow gives the topics' configuration back, then its finalizer is taken away. */
export class Deletion {
  readonly #options: DeletionOptions;

  constructor(options: DeletionOptions) {
    this.#options = options;
  }

  /**
   * A namespace that is being deleted is never held, whatever is in it, and whatever else may still be read there.
   * @returns whether the Restore was let go for that
   */
  async goesWithNamespace({ metadata }: CustomObject): Promise<boolean> {
    const { namespace = '', name, uid, finalizers = [] } = metadata;
    if (!finalizers.includes(restoreFinalizer)) return false;
    const object = await this.#options.kube.get(kinds.Namespace, { name: namespace });
    if (object?.metadata.deletionTimestamp === undefined) return false;
    await this.#terminate({ namespace, name, uid }, 'The namespace is being deleted.');
    await this.#letGo({ namespace, name, uid });
    return true;
  }

  async attend(restore: Restore, seen: Observed, attention: Attention, deletedAt: number): Promise<void> {
    if (!restore.metadata.finalizers.includes(restoreFinalizer)) return;
    const { temporal } = this.#options;
    const ref = refOf(restore);
    if (attention === 'let go') {
      await this.#sayHeld(restore);
      await this.#letGo(ref);
      return;
    }
    if (attention === 'give up' || Date.now() - deletedAt > letGoAfterMs) {
      await this.giveUp(asObject(restore));
      return;
    }
    if (attention === 'signal') await temporal.signal(ref, seen);
    if (attention === 'start') await temporal.start(ref, restore.status, seen);
  }

  /** Without Temporal nothing can be put back; the person who deletes does not wait for it for ever. */
  async withoutTemporal(restore: Restore): Promise<void> {
    const { deletionTimestamp, finalizers } = restore.metadata;
    if (deletionTimestamp === undefined || !finalizers.includes(restoreFinalizer)) return;
    if (Date.now() - Date.parse(deletionTimestamp) > letGoAfterMs) await this.giveUp(asObject(restore));
  }

  /** Lets the Restore go although its topics' configuration may not be their own: how to put it back is said in an event for each. */
  async giveUp(restore: KubeObject): Promise<void> {
    const { events, claims } = this.#options;
    const { namespace = '', name, uid } = restore.metadata;
    const ref = { namespace, name, uid };
    const notes = (await claims.recall(ref)).flatMap((claim) => claim.topics).map(putBackNote);
    const changed = notes.filter((note) => note !== null);
    const all = changed.length > 0 ? changed : ['Let go without an answer from its pod. No topic was changed.'];
    for (const note of all) await events.record(restore, { type: 'Warning', reason: 'ConfigurationNotPutBack', note });
    await this.#terminate(ref, 'The Restore was deleted, and did not end in time.');
    await this.#letGo(ref);
  }

  /** The condition goes with the Restore, and what it says of topics is still true then: an event for each outlives it. */
  async #sayHeld(restore: Restore): Promise<void> {
    const { events } = this.#options;
    const held = heldTopics(restore.status);
    if (held.length === 0) return;
    const claims = await this.#claimsOf(refOf(restore));
    for (const note of held.flatMap((topic) => retentionNotes(topic, claims))) {
      await events.record(asObject(restore), { type: 'Warning', reason: 'RetentionHeld', note });
    }
  }

  /** What this very Restore has claimed; nothing where that cannot be read, for a deletion does not wait to be told of. */
  async #claimsOf(ref: RestoreRef): Promise<Claim[]> {
    const { claims, logger } = this.#options;
    const recalled = await claims.recall(ref).catch((error: unknown) => {
      logger.warn({ restore: ref, error: inWords(error) }, 'the claims could not be read');
      return [];
    });
    return recalled.filter(({ restore }) => restore.uid === ref.uid);
  }

  /** Temporal may be away: the Restore is let go all the same. */
  async #terminate(ref: RestoreRef, reason: string): Promise<void> {
    await this.#options.temporal.terminate(ref, reason).catch((error: unknown) => {
      if (!(error instanceof TemporalTrouble)) throw error;
    });
  }

  async #letGo(ref: RestoreRef): Promise<void> {
    this.#options.logger.info({ restore: ref }, 'letting the Restore go');
    await removeFinalizer(this.#options.kube, kinds.Restore, ref, restoreFinalizer);
  }
}

function refOf({ metadata }: Restore): RestoreRef {
  return { namespace: metadata.namespace, name: metadata.name, uid: metadata.uid };
}
