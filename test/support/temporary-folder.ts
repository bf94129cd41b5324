import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const made: string[] = [];
process.once('exit', () => {
  for (const folder of made) remove(folder);
});

/**
 * An empty folder that is gone when this process has ended.
 * @param name says whose it is to who finds it: `rekindle-<name>-<random>`
 * @param parent default the system's folder for temporary files
 */
export async function temporaryFolder(name: string, parent = tmpdir()): Promise<string> {
  const folder = await mkdtemp(join(parent, `rekindle-${name}-`));
  made.push(folder);
  return folder;
}

function remove(folder: string): void {
  try {
    rmSync(folder, { recursive: true, force: true });
  } catch {
    // A server that is still about to die may have written into it: that is no fault of what was tested.
  }
}
