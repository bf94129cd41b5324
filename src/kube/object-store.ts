import { keyOf } from './objects.ts';
import type { KubeObject } from './objects.ts';

/** What happened to the object of a key: `object` is null when it is gone, `previous` when it is new. */
export interface Change<T> {
  readonly key: string;
  readonly object: T | null;
  readonly previous: T | null;
}

/** Objects by key, as last heard of; tells each change. */
export class ObjectStore<T extends KubeObject> {
  readonly #objects = new Map<string, T>();
  readonly #tell: (change: Change<T>) => void;

  constructor(tell: (change: Change<T>) => void) {
    this.#tell = tell;
  }

  get(key: string): T | undefined {
    return this.#objects.get(key);
  }

  list(): T[] {
    return [...this.#objects.values()];
  }

  put(object: T): void {
    const key = keyOf(object.metadata);
    let previous = this.#objects.get(key) ?? null;
    if (previous !== null && previous.metadata.uid !== object.metadata.uid) {
      // Deleted and made again while nobody listened: two changes, as if it had been heard.
      this.#tell({ key, object: null, previous });
      previous = null;
    }
    this.#objects.set(key, object);
    this.#tell({ key, object, previous });
  }

  remove({ metadata }: T): void {
    const key = keyOf(metadata);
    const previous = this.#objects.get(key);
    if (previous === undefined) return;
    this.#objects.delete(key);
    this.#tell({ key, object: null, previous });
  }

  /** The whole truth at once: what is not in it is gone. Every object is told, changed or not. */
  replace(objects: readonly T[]): void {
    const present = new Set(objects.map((object) => keyOf(object.metadata)));
    for (const [key, object] of this.#objects) if (!present.has(key)) this.remove(object);
    for (const object of objects) this.put(object);
  }
}
