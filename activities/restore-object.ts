import { ApplicationFailure } from '@temporalio/common';
import type { KubeClient } from '../src/kube/client.ts';
import { kinds } from '../src/kube/objects.ts';
import type { CustomObject } from '../src/kube/objects.ts';
import { RekindleError } from '../src/model/reasons.ts';
import { parseCredentials } from '../src/model/resources/credentials.ts';
import { parseEventHub } from '../src/model/resources/event-hub.ts';
import { parseRestore } from '../src/model/resources/restore.ts';
import type { Restore } from '../src/model/resources/restore.ts';
import { parseStorage } from '../src/model/resources/storage.ts';
import { resolve } from '../src/model/resolve.ts';
import type { Resolved } from '../src/model/resolve.ts';
import type { RestoreRef } from '../src/model/state.ts';

/** The Restore as it stands in the API server. Fails for good with `RestoreGone` if it, or this incarnation of it, is gone. */
export async function readRestore(kube: KubeClient, ref: RestoreRef): Promise<Restore> {
  const object = await kube.get(kinds.Restore, ref);
  if (object === null) throw restoreGone(ref);
  return parseRestore(object);
}

export function restoreGone({ namespace, name }: RestoreRef): ApplicationFailure {
  return ApplicationFailure.nonRetryable(`The Restore ${namespace}/${name} is gone.`, 'RestoreGone');
}

/** What the Restore refers to, read now. Throws `InvalidConfiguration` with the sentence that says what is wrong. */
export async function resolveNow(kube: KubeClient, restore: Restore): Promise<Resolved> {
  const { namespace } = restore.metadata;
  const read = async <T>(
    kind: (typeof kinds)['Storage'],
    name: string | undefined,
    parse: (object: CustomObject) => T,
  ): Promise<T | null> => {
    const object = name === undefined ? null : await kube.get(kind, { namespace, name });
    return object === null ? null : parse(object);
  };
  const { source, sink, sourceCredentialsFrom } = restore.spec;
  const storage = await read(kinds.Storage, source, parseStorage);
  const eventHub = await read(kinds.EventHub, sink, parseEventHub);
  const credentials = await read(kinds.Credentials, sourceCredentialsFrom?.credentialsRef.name, parseCredentials);
  return resolve(restore, { storage: () => storage, eventHub: () => eventHub, credentials: () => credentials });
}

/** What the Restore refers to, read now; null where something is wrong with it. */
export async function resolvedOrNull(kube: KubeClient, restore: Restore): Promise<Resolved | null> {
  try {
    return await resolveNow(kube, restore);
  } catch (error) {
    sentenceOf(error);
    return null;
  }
}

/** The sentence of an error that a person must act on; throws any other error on. */
export function sentenceOf(error: unknown): string {
  if (error instanceof RekindleError && error.reason === 'InvalidConfiguration') return error.message;
  throw error;
}
