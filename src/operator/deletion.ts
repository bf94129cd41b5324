import { z } from 'zod';
import type { KubeClient } from '../kube/client.ts';
import { removeFinalizer } from '../kube/apply.ts';
import type { EventRecorder, Happening } from '../kube/events.ts';
import { inWords } from '../kube/errors.ts';
import { asObject, kinds } from '../kube/objects.ts';
import type { CustomObject, KubeObject } from '../kube/objects.ts';
import type { Claims } from '../../activities/claims.ts';
import type { Attention } from '../model/attention.ts';
import type { Claim } from '../model/claim.ts';
import type { Observed } from '../model/observation.ts';
import { heldTopics } from '../model/held-retention.ts';
import { lostClaimsNote, putBackNote, retentionNotes } from '../model/put-back-note.ts';
import { restoreFinalizer } from '../model/resources/names.ts';
import { restoreStatus } from '../model/resources/restore-status.ts';
import type { RestoreStatus } from '../model/resources/restore-status.ts';
import type { Restore } from '../model/resources/restore.ts';
import { isGuarded, refOf } from '../model/state.ts';
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

/** What a person has to do for a topic, once the Restore that could have done it is gone. */
type LeftToDo = Pick<Happening, 'reason' | 'note'>;

/** A Restore as far as its topics are named, understood or not. */
const named = z.object({ config: z.object({ topics: z.array(z.object({ target: z.string() })) }) });

/** The end of a Restore: its workflow gives the topics' configuration back, then its finalizer is taken away. */
export class Deletion {
  readonly #options: DeletionOptions;

  constructor(options: DeletionOptions) {
    this.#options = options;
  }

  /**
   * A namespace that is being deleted is never held, whatever is in it, and whatever else may still be read there. Nor does it
   * take events any more: what is left to do for topics is said in the log.
   * @returns whether the Restore was let go for that
   */
  async goesWithNamespace({ metadata, spec, status }: CustomObject): Promise<boolean> {
    const { namespace = '', name, uid, finalizers = [] } = metadata;
    if (!finalizers.includes(restoreFinalizer)) return false;
    const object = await this.#options.kube.get(kinds.Namespace, { name: namespace });
    if (object?.metadata.deletionTimestamp === undefined) return false;
    const ref = { namespace, name, uid };
    const { data: known = null } = restoreStatus.safeParse(status ?? {});
    const left = await this.#leftToDo(ref, spec, known).catch((error: unknown) => this.#withoutClaims(ref, error));
    for (const { reason, note } of left) this.#options.logger.warn({ restore: ref, reason }, note);
    await this.#terminate(ref, 'The namespace is being deleted.');
    await this.#letGo(ref);
    return true;
  }

  async attend(restore: Restore, seen: Observed, attention: Attention, deletedAt: number): Promise<void> {
    if (!restore.metadata.finalizers.includes(restoreFinalizer)) return;
    const { temporal } = this.#options;
    const ref = refOf(restore);
    if (attention === 'let go') {
      await this.#warn(asObject(restore), await this.#held(ref, restore.status));
      await this.#letGo(ref);
      return;
    }
    if (attention === 'give up' || Date.now() - deletedAt > letGoAfterMs) {
      await this.#giveUpKnown(restore);
      return;
    }
    if (attention === 'signal') await temporal.signal(ref, seen);
    if (attention === 'start') await temporal.start(ref, restore.status, seen);
  }

  /** Without Temporal nothing can be put back; the person who deletes does not wait for it for ever. */
  async withoutTemporal(restore: Restore): Promise<void> {
    const { deletionTimestamp, finalizers } = restore.metadata;
    if (deletionTimestamp === undefined || !finalizers.includes(restoreFinalizer)) return;
    if (Date.now() - Date.parse(deletionTimestamp) > letGoAfterMs) await this.#giveUpKnown(restore);
  }

  async #giveUpKnown(restore: Restore): Promise<void> {
    await this.giveUp({ ...asObject(restore), spec: restore.spec }, restore.status);
  }

  /**
   * Lets the Restore go although it has not ended. Where its topics' configuration may not be their own, how to put it back is
   * said in an event for each.
   * @param status null where it is not understood
   */
  async giveUp(restore: CustomObject, status: RestoreStatus | null): Promise<void> {
    const ref = refOf(restore);
    await this.#warn(restore, await this.#leftToDo(ref, restore.spec, status));
    await this.#terminate(ref, 'The Restore was deleted, and did not end in time.');
    await this.#letGo(ref);
  }

  /** What a person has to do for the topics of a Restore that goes before its workflow has ended. */
  async #leftToDo(ref: RestoreRef, spec: unknown, status: RestoreStatus | null): Promise<LeftToDo[]> {
    if (status !== null && !isGuarded(status)) return await this.#held(ref, status);
    return await this.#notPutBack(ref, spec, status);
  }

  async #notPutBack(ref: RestoreRef, spec: unknown, status: RestoreStatus | null): Promise<LeftToDo[]> {
    const claims = await this.#claimsOf(ref);
    const notes = claims.flatMap(({ topics }) => topics.map(putBackNote)).filter((note) => note !== null);
    // Topics are claimed before they are guarded, so somebody has deleted the claims.
    const areClaimsGone = claims.length === 0 && status !== null;
    const otherwise = areClaimsGone
      ? lostClaimsNote(targetsIn(spec))
      : 'Let go without an answer from its pod. No topic was changed.';
    const all = notes.length > 0 ? notes : [otherwise];
    return all.map((note) => ({ reason: 'ConfigurationNotPutBack', note }));
  }

  /**
   * The condition goes with the Restore, and what it says of topics is still true then. Without the commands where the claims
   * cannot be read, for a deletion does not wait to be told of.
   */
  async #held(ref: RestoreRef, status: RestoreStatus): Promise<LeftToDo[]> {
    const held = heldTopics(status);
    if (held.length === 0) return [];
    const claims = await this.#claimsOf(ref).catch((error: unknown) => this.#withoutClaims(ref, error));
    return held.flatMap((topic) => retentionNotes(topic, claims)).map((note) => ({ reason: 'RetentionHeld', note }));
  }

  /** An event for each, which outlives the Restore. */
  async #warn(restore: KubeObject, left: readonly LeftToDo[]): Promise<void> {
    for (const happening of left) await this.#options.events.record(restore, { type: 'Warning', ...happening });
  }

  #withoutClaims(restore: RestoreRef, error: unknown): [] {
    this.#options.logger.warn({ restore, error: inWords(error) }, 'the claims could not be read');
    return [];
  }

  /** What this very Restore has claimed, and not one that had its name before. */
  async #claimsOf(ref: RestoreRef): Promise<Claim[]> {
    const recalled = await this.#options.claims.recall(ref);
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

/** None where the Restore is not understood. */
function targetsIn(spec: unknown): string[] {
  return named.safeParse(spec).data?.config.topics.map(({ target }) => target) ?? [];
}
