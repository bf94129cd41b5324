import { execa } from 'execa';
import { chmod, copyFile, cp, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { baseImage, hasImage } from './base-image.ts';
import { buildah } from './buildah.ts';
import { cached, digest, type Recipe } from './cache.ts';
import { installPackages } from './debian.ts';
import { checkout, stateFolder } from './folders.ts';
import { importImage } from './image-import.ts';

/** The image of this checkout, as manifests name it. */
export const IMAGE = 'localhost/rekindle:dev';

const dockerfile = join(checkout, 'deploy/image/Dockerfile');
const dependencyScript = join(checkout, 'deploy/image/dependencies.sh');
const packageFiles = ['package.json', 'package-lock.json', '.npmrc'];
const folder = join(stateFolder, 'image');

/**
 * Builds the image from the checkout as it is now. The Dockerfile is the one that everybody uses; only its first stages
 * are replaced by what was prepared here, because the base image needs no npm then, and a change of the code takes
 * seconds.
 */
export async function buildImage(): Promise<void> {
  await installPackages(['buildah', 'mmdebstrap']);
  const runtime = await runtimeImage();
  const build = await compiled();
  const contexts = ['--build-context', `runtime=container-image://${runtime}`, '--build-context', `build=${build}`];
  await buildah('build', '--layers', '--file', dockerfile, '--tag', IMAGE, ...contexts, checkout);
  await buildah('rmi', '--prune');
}

/** Makes the image that was built known to the stack's node, which must be up. */
export async function loadImage(): Promise<void> {
  await importImage(IMAGE, join(folder, 'import'));
}

/** The name of an image of the stage `runtime`, built again when one of the files that go into it changes. */
async function runtimeImage(): Promise<string> {
  const base = await baseImage();
  const files = [dockerfile, dependencyScript, ...packageFiles.map((file) => join(checkout, file))];
  const name = `localhost/rekindle-runtime:${await digest(...files)}`;
  if (await hasImage(name)) return name;
  const dependencies = await cached(await productionDependencies());
  const options = ['--target', 'runtime', '--build-arg', `BASE=${base}`, '--tag', name];
  await buildah('build', '--file', dockerfile, ...options, '--build-context', `dependencies=${dependencies}`, checkout);
  return name;
}

/** `app/node_modules` with what the program needs at run time. */
async function productionDependencies(): Promise<Recipe> {
  const files = packageFiles.map((file) => join(checkout, file));
  return {
    name: `dependencies-${await digest(dependencyScript, ...files)}`,
    build: async (into) => {
      const app = join(into, 'app');
      await mkdir(app);
      for (const file of packageFiles) await copyFile(join(checkout, file), join(app, file));
      await execa('sh', [dependencyScript], { cwd: app });
    },
  };
}

/** A folder with `app/dist`. */
async function compiled(): Promise<string> {
  const into = join(folder, 'build');
  const app = join(into, 'app');
  await rm(join(checkout, 'dist'), { recursive: true, force: true });
  await execa('npm', ['run', 'build'], { cwd: checkout });
  await rm(into, { recursive: true, force: true });
  await cp(join(checkout, 'dist'), join(app, 'dist'), { recursive: true });
  await chmod(join(app, 'dist/src/cli/rekindle.js'), 0o755);
  return into;
}
