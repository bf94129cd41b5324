import { relative } from 'node:path';
import type { TestEvent } from 'node:test/reporters';
import { inspect } from 'node:util';

/** A reporter for Node's test runner that says only what failed and why: for the end of a run whose log is long. */
export default async function* failures(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  for await (const { type, data } of events) {
    if (type !== 'test:fail') continue;
    const { error } = data.details;
    // A suite fails because something in it does, which is said by itself.
    if ('failureType' in error && error.failureType === 'subtestsFailed') continue;
    const place = data.file === undefined ? '' : ` (${relative('', data.file)}:${data.line ?? 0})`;
    yield `\n✖ ${data.name}${place}\n${inspect(error.cause)}\n`;
  }
}
