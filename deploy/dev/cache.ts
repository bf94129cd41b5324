import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheFolder } from './folders.ts';

/** Something that is built once and used by every checkout afterwards. */
export interface Recipe {
  /** Folder name in the cache; holds the version, so that another version is another folder. */
  name: string;
  /** Fills the given empty folder. */
  build: (folder: string) => Promise<void>;
}

/** Whether the recipe was built before. */
export function isCached(recipe: Recipe): boolean {
  return existsSync(join(cacheFolder, recipe.name));
}

/**
 * The folder of what the recipe makes, built now if it is missing. A build that is interrupted leaves nothing that a
 * later one would take for complete: it works in a temporary folder that is renamed at the end.
 */
export async function cached(recipe: Recipe): Promise<string> {
  const folder = join(cacheFolder, recipe.name);
  if (existsSync(folder)) return folder;
  await mkdir(cacheFolder, { recursive: true });
  const building = await mkdtemp(join(cacheFolder, '.building-'));
  try {
    await recipe.build(building);
    await rename(building, folder);
  } catch (error) {
    await rm(building, { recursive: true, force: true });
    // Two checkouts may build the same at the same time: the first one to finish wins.
    if (!existsSync(folder)) throw error;
  }
  return folder;
}

/** Eight hexadecimal digits that change with any of the files: for the cache name of what is built from them. */
export async function digest(...files: string[]): Promise<string> {
  const hash = createHash('sha256');
  for (const file of files) hash.update(await readFile(file));
  return hash.digest('hex').slice(0, 8);
}
