import { setTimeout as sleep } from 'node:timers/promises';

/** Looks every 50 ms until it is so; throws with the sentence after 30 s. */
export async function eventually(sentence: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 30_000;
  while (!(await isSo())) {
    if (Date.now() > deadline) throw new Error(`not within 30 s: ${sentence}`);
    await sleep(50);
  }
}
