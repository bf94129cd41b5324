// Only what no head names and none ever will is deleted.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isLeftover } from '../../../src/archive/leftovers.ts';

const present = { session: 12, nextOffset: 500 };
const cases: [name: string, leftover: boolean][] = [
  ['7/00000000000000000500.log', true],
  ['7/00000000000000000500.index', true],
  ['11/00000000000000000777.log.0d9c.partial', true],
  ['7/00000000000000000499.log', false],
  ['7/00000000000000000499.index', false],
  ['12/00000000000000000500.log', false],
  ['13/00000000000000000500.log', false],
  ['notes.txt', false],
];

for (const [name, leftover] of cases) {
  test(`${name} is ${leftover ? 'a leftover' : 'left alone'}`, () => assert.equal(isLeftover(name, present), leftover));
}
