import { cp, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** A place where the restore is made wrong. */
export interface Mutation {
  /** From the checkout's root. */
  file: string;
  /** Stands there exactly once. */
  right: string;
  wrong: string;
}

const checkout = join(import.meta.dirname, '../..');

/**
 * Makes a copy of the restore that is wrong in one place, for the time of this process; this checkout stays as it is.
 * @returns its `rekindle.ts`
 * @throws Error when the source has moved on, so that the mutation says nothing any more
 */
export async function makeMutant({ file, right, wrong }: Mutation): Promise<string> {
  const source = await readFile(join(checkout, file), 'utf8');
  const places = source.split(right).length - 1;
  if (places !== 1) {
    throw new Error(
      `${file} has moved on: what the mutation replaces stands there ${places} times. Bring test/chaos/mutations.ts up to date: ${right}`,
    );
  }
  const folder = await temporaryFolder('mutant');
  await cp(join(checkout, 'src'), join(folder, 'src'), { recursive: true });
  for (const name of ['package.json', 'node_modules']) await symlink(join(checkout, name), join(folder, name));
  await writeFile(
    join(folder, file),
    source.replace(right, () => wrong),
  );
  return join(folder, 'src/cli/rekindle.ts');
}
