import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { execa } from 'execa';

const module = join(import.meta.dirname, '../../support/temporary-folder.ts');

/** Makes a folder with a file in it, says where, and ends in this way. */
const program = (ending: string): string => `
import { writeFileSync } from 'node:fs';
import { temporaryFolder } from ${JSON.stringify(module)};
const folder = await temporaryFolder('theirs');
writeFileSync(folder + '/file', '');
process.stdout.write(folder);
${ending}`;

for (const ending of ['', 'process.exit(3);', "throw new Error('a test has failed');"]) {
  test(`what a process made for itself is gone when it has ended: ${ending}`, async () => {
    const args = ['--input-type=module', '--eval', program(ending)];
    const { stdout } = await execa(process.execPath, args, { reject: false });
    assert.match(stdout, /rekindle-theirs-\w+$/);
    assert.ok(!existsSync(stdout));
  });
}
