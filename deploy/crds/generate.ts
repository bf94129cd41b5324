// Writes the manifests of this folder anew: `npm run crds`.
import { writeFile } from 'node:fs/promises';
import { manifests } from './manifests.ts';

for (const [name, text] of manifests()) await writeFile(new URL(name, import.meta.url), text);
