// Whose transaction is open at a place of a log: only the first marker of its own producer ends it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OpenTransaction } from '../../../src/engine/truncation.ts';

type Event =
  'batch of 1' | 'batch of 2' | 'plain batch of 1' | 'commit of 1' | 'commit of 2' | 'abort of 1' | 'abort of 2';

const cases: [events: Event[], lost: RegExp | null][] = [
  [['batch of 1', 'batch of 1', 'commit of 1', 'batch of 1', 'commit of 1'], null],
  [['batch of 1', 'abort of 1'], /marker at offset 1 aborts/],
  [['batch of 1', 'abort of 2', 'commit of 1'], null],
  [['batch of 1', 'commit of 1', 'abort of 1', 'batch of 2'], null],
  [['batch of 1', 'batch of 2'], /nothing ends the transaction of the batch at offset 0/],
  [['batch of 1', 'commit of 2', 'batch of 2'], /nothing ends the transaction of the batch at offset 0/],
  [['batch of 1', 'commit of 1', 'batch of 2', 'commit of 2'], null],
  [['plain batch of 1', 'batch of 2', 'commit of 2'], null],
  [['plain batch of 1', 'abort of 1'], null],
];
for (const [events, lost] of cases) {
  test(`${events.join(', ')}: ${lost === null ? 'nothing is lost' : 'TargetTruncated'}`, () => {
    const transaction = new OpenTransaction('t/0');
    const read = (): void => {
      for (const [baseOffset, event] of events.entries()) {
        const producerId = event.endsWith('1') ? 1 : 2;
        if (event.includes('batch'))
          transaction.continue({ producerId, transactional: event.startsWith('batch'), baseOffset });
        else transaction.end({ producerId, baseOffset }, event.startsWith('commit'));
      }
    };
    if (lost === null) assert.doesNotThrow(read);
    else assert.throws(read, { reason: 'TargetTruncated', message: lost });
  });
}
