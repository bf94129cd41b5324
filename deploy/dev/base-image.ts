import { execa } from 'execa';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buildah } from './buildah.ts';
import { cached, type Recipe } from './cache.ts';

/** Whether buildah has an image of this name. */
export async function hasImage(name: string): Promise<boolean> {
  return (await buildah('images', '--quiet', '--filter', `reference=${name}`)) !== '';
}

/**
 * The name of a base image made of Debian's essential packages and this very Node, for machines that reach no image
 * registry. It stands in for `node:24-bookworm-slim`.
 */
export async function baseImage(): Promise<string> {
  const suite = await debianSuite();
  const name = `localhost/rekindle-base:${suite}-node-${process.versions.node}`;
  if (await hasImage(name)) return name;
  const root = join(await cached(debianRoot(suite)), 'root.tar');
  const container = await buildah('from', 'scratch');
  try {
    await buildah('add', container, root, '/');
    await buildah('copy', container, process.execPath, '/usr/local/bin/node');
    await buildah('commit', container, name);
  } finally {
    await buildah('rm', container);
  }
  return name;
}

function debianRoot(suite: string): Recipe {
  const withoutDocumentation = ['doc', 'man', 'locale'].map((name) => `--dpkgopt=path-exclude=/usr/share/${name}/*`);
  return {
    name: `debian-${suite}-${process.arch}`,
    build: async (into) => {
      const options = ['--variant=essential', '--include=libstdc++6,ca-certificates', ...withoutDocumentation];
      await execa('mmdebstrap', [...options, suite, join(into, 'root.tar')]);
    },
  };
}

/** The suite of this machine: its mirrors and keys are there, and this Node runs with its C library. */
async function debianSuite(): Promise<string> {
  const release = await readFile('/etc/os-release', 'utf8');
  return /^VERSION_CODENAME=(\w+)$/m.exec(release)?.[1] ?? 'bookworm';
}
