// The environment replaces a part of the local stack by an existing one, but never by the stack's own.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Part } from '../../../deploy/dev/part.ts';
import { existing } from '../../../deploy/dev/parts.ts';

const part: Part = {
  name: 'kafka',
  title: 'Kafka',
  variable: 'KAFKA_BOOTSTRAP_SERVERS',
  useExisting: () => undefined,
  ownValue: () => Promise.resolve('127.0.0.1:20001'),
  missing: () => Promise.resolve([]),
  install: () => Promise.resolve(),
  start: () => Promise.resolve(),
};

const cases: { set: string | undefined; used: string | undefined; why: string }[] = [
  { set: undefined, used: undefined, why: 'nothing was said' },
  { set: '', used: undefined, why: 'an empty variable says nothing' },
  { set: 'kafka.example:9092', used: 'kafka.example:9092', why: 'an existing cluster takes its place' },
  { set: '127.0.0.1:20001', used: undefined, why: 'what up printed and a person exported is the stack itself' },
];

for (const { set, used, why } of cases) {
  test(why, async () => assert.equal(await existing(part, { KAFKA_BOOTSTRAP_SERVERS: set }), used));
}
