// What the file system answers about the report's folder is waited for by name; what only says whether a file is there is not.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { writable } from '../../../src/report/files.ts';
import { RekindleError } from '../../../src/model/reasons.ts';

const answers = (code: string): Error => Object.assign(new Error(`${code}: no`), { code, syscall: 'open', errno: -1 });

for (const code of ['ENOSPC', 'EROFS', 'EIO', 'ENOTCONN', 'ETIMEDOUT', 'EBUSY', 'EMFILE']) {
  test(`${code} is waited for`, async () => {
    const error = { reason: 'ReportUnwritable', message: new RegExp(`/report cannot be used: ${code}`) };
    await assert.rejects(
      writable('/report', () => Promise.reject(answers(code))),
      error,
    );
  });
}

const others = [
  answers('ENOENT'),
  answers('EEXIST'),
  new TypeError('ours'),
  new RekindleError('ReportDamaged', 'None can be read.'),
];
for (const error of others) {
  test(`${error.message} stays what it is`, async () => {
    await assert.rejects(
      writable('/report', () => Promise.reject(error)),
      error,
    );
  });
}
