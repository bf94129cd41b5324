// Memory that files stand in, so that what is compared is programs and neither a disk nor how memory comes into a machine.
import { execa } from 'execa';
import { spawnSync } from 'node:child_process';
import { open, rm, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '../support/eventually.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** A file system in memory that Linux distributions mount, usually with half of the memory. */
export const SHARED_MEMORY = '/dev/shm';

/** What a file system is larger than what stands in it, in megabytes: each file ends in a page that is not full. */
const SLACK = 500;

/** What a program takes for itself as it begins, in megabytes: it finds that much in the machine besides what it writes. */
const FOR_ITSELF = 1000;

/** What the broker's heap and the programs need besides the files, in megabytes. */
const PROGRAMS = 2500;

/** Gone with the process, if its signals lead to `exit`. */
export interface MemoryFolder {
  readonly folder: string;
  /**
   * In which pages the kernel is asked to hand its memory out: `huge` is 2 MiB. In pages of 4 KiB, handing out is a part of what
   * a broker does that differs much from one minute to the next.
   */
  readonly pages: 'huge' | 'usual';
  remove(): Promise<void>;
}

/**
 * An empty folder in memory, in huge pages if this user may mount one.
 * @param megabytes that it will hold at most
 * @throws Error when the machine has not so much memory
 */
export async function folderInMemory(megabytes: number): Promise<MemoryFolder> {
  const size = Math.ceil(megabytes + FOR_ITSELF + SLACK);
  mustBeFree('of memory', process.availableMemory(), megabytes + PROGRAMS);
  const mountPoint = await temporaryFolder('bench');
  const unmount = (): void => {
    spawnSync('umount', ['--lazy', mountPoint]);
  };
  // Before the folder is removed that it is mounted on. Where nothing is mounted it does nothing.
  process.prependOnceListener('exit', unmount);
  const options = `huge=always,mode=0700,size=${size * 1e6}`;
  const mounting = await execa('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', mountPoint], { reject: false });
  if (!mounting.failed) return { folder: mountPoint, pages: 'huge', remove: () => Promise.resolve().then(unmount) };
  console.error(`memory in usual pages, in ${SHARED_MEMORY}: ${mounting.shortMessage}`);
  mustBeFree(`in ${SHARED_MEMORY}`, await freeIn(SHARED_MEMORY), size);
  const folder = await temporaryFolder('bench', SHARED_MEMORY);
  return { folder, pages: 'usual', remove: () => rm(folder, { recursive: true }) };
}

function mustBeFree(where: string, bytes: number, megabytes: number): void {
  const free = Math.floor(bytes / 1e6);
  if (free >= megabytes) return;
  throw new Error(`${free} MB ${where} are free, and ${Math.ceil(megabytes)} are needed: take fewer --megabytes`);
}

/** So much of what was fetched is free ahead of what is written, in bytes: ten times what is written between two looks. */
const AHEAD = 0.5e9;

/** Between two looks at how much was written, in milliseconds. */
const LOOK_EVERY_MS = 50;

const CHUNK_BYTES = 16 * 1024 * 1024;

/**
 * Does something that writes so much in a folder in memory, and has the memory for it in the machine. The host of a virtual
 * machine takes free memory back before long (free page reporting), and bringing it again takes longer than writing it: a
 * program would be the slower, the less memory the one before it needed, and the longer it takes itself. So a file holds the
 * memory, and gets shorter as others grow.
 */
export async function inFetchedMemory<T>(folder: string, megabytes: number, work: () => Promise<T>): Promise<T> {
  const chunks = Math.ceil(((megabytes + FOR_ITSELF) * 1e6) / CHUNK_BYTES);
  let size = chunks * CHUNK_BYTES;
  // What was deleted before may still be about to go.
  await eventually(
    `${Math.ceil(size / 1e6)} MB are free in ${folder}`,
    async () => Math.min(await freeIn(folder), process.availableMemory()) >= size,
  );
  const path = join(folder, 'fetched');
  await using file = await open(path, 'wx');
  // It lasts as long as it is open.
  await rm(path);
  const chunk = Buffer.alloc(CHUNK_BYTES);
  for (let i = 0; i < chunks; i++) await file.write(chunk);
  const inAll = size + (await freeIn(folder));
  const giveWay = async (): Promise<void> => {
    const written = inAll - size - (await freeIn(folder));
    const held = Math.max(0, megabytes * 1e6 - written - AHEAD);
    size = Math.min(size, Math.ceil(held / CHUNK_BYTES) * CHUNK_BYTES);
    await file.truncate(size);
  };
  await giveWay();
  const ended = new AbortController();
  const untilEnded = async (): Promise<void> => {
    while (!ended.signal.aborted) {
      await sleep(LOOK_EVERY_MS);
      await giveWay();
    }
  };
  const [done] = await Promise.all([work().finally(() => ended.abort()), untilEnded()]);
  return done;
}

/** Bytes. */
async function freeIn(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}
