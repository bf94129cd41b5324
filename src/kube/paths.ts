import type { Kind, KubeObject } from './objects.ts';

/** Which objects of a kind; all of the cluster when empty. */
export interface Selection {
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
}

/** Path of a kind's objects, of one namespace or of all. Throws a TypeError for a name that no object can have. */
export function collectionPath<T extends KubeObject>(kind: Kind<T>, namespace?: string): string {
  const root = kind.apiVersion.includes('/') ? '/apis' : '/api';
  const scope = kind.namespaced && namespace !== undefined ? `/namespaces/${segment(namespace)}` : '';
  return `${root}/${kind.apiVersion}${scope}/${kind.plural}`;
}

/**
 * Path of one object, or of its subresource. Throws a TypeError when the kind needs a namespace and none is given, and for a
 * name that no object can have.
 */
export function objectPath<T extends KubeObject>(
  kind: Kind<T>,
  ref: { readonly namespace?: string | undefined; readonly name: string },
  subresource?: string,
): string {
  if (kind.namespaced && ref.namespace === undefined) {
    throw new TypeError(`A ${kind.kind} (${ref.name}) is in a namespace, but none was given.`);
  }
  const path = `${collectionPath(kind, ref.namespace)}/${segment(ref.name)}`;
  return subresource === undefined ? path : `${path}/${subresource}`;
}

/** Names come from messages too: none may lead to another place in the API. */
function segment(name: string): string {
  if (['', '.', '..'].includes(name) || /[/%]/.test(name)) throw new TypeError(`"${name}" is not a name of an object.`);
  return encodeURIComponent(name);
}
