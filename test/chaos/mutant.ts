import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

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
 * Makes a copy of the restore that is wrong in one place; this checkout stays as it is.
 * @returns its `rekindle.ts`
 * @throws Error when the source has moved on, so that the mutation says nothing any more
 */
export async function makeMutant({ file, right, wrong }: Mutation): Promise<{
  program: string;
  remove: () => Promise<void>;
}> {
  const source = await readFile(join(checkout, file), 'utf8');
  const places = source.split(right).length - 1;
  if (places !== 1) {
    throw new Error(
      `${file} has moved on: what the mutation replaces stands there ${places} times. Bring test/chaos/mutations.ts up to date: ${right}`,
    );
  }
  const folder = await mkdtemp(join(tmpdir(), 'rekindle-mutant-'));
  await cp(join(checkout, 'src'), join(folder, 'src'), { recursive: true });
  for (const name of ['package.json', 'node_modules']) await symlink(join(checkout, name), join(folder, name));
  await writeFile(
    join(folder, file),
    source.replace(right, () => wrong),
  );
  return {
    program: join(folder, 'src/cli/rekindle.ts'),
    remove: () => rm(folder, { recursive: true }),
  };
}
