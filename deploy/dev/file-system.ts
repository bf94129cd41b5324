import { statfsSync } from 'node:fs';

/** `OVERLAYFS_SUPER_MAGIC` of Linux. */
const OVERLAY = 0x794c7630;

/** Whether the folder lies on an overlay, as everything does inside of a container: no other overlay can lie on it. */
export function liesOnOverlay(folder: string): boolean {
  return statfsSync(folder).type === OVERLAY;
}
