import { mkdir, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { programFolder } from './folders.ts';

/** Puts the program into `.dev/bin` under this name and returns the link's path. */
export async function linkProgram(name: string, program: string): Promise<string> {
  const link = join(programFolder, name);
  await mkdir(programFolder, { recursive: true });
  await rm(link, { force: true });
  await symlink(program, link);
  return link;
}
