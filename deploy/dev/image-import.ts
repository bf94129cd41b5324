import { execa } from 'execa';
import { link, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { buildah } from './buildah.ts';
import { importImages, knownContent } from './kube/images.ts';
import { StackError } from './stack-error.ts';
import { readStack } from './state.ts';

const descriptor = z.object({ digest: z.string() });
const manifestDocument = z.object({
  mediaType: z.string().default('application/vnd.oci.image.manifest.v1+json'),
  config: descriptor,
  layers: z.array(descriptor),
});

/**
 * Makes buildah's image known to the stack's node. The archive that containerd reads holds only the layers that it does
 * not have yet: after a change of the code that is one small layer of several hundred megabytes.
 * @param folder emptied and used for the files in between
 * @throws StackError where there is none: Kubernetes is not up, or it is one that the environment names
 */
export async function importImage(name: string, folder: string): Promise<void> {
  if (readStack('kubernetes').kubernetes.containerd === undefined) {
    throw new StackError(
      `The nodes of the cluster that KUBECONFIG names are not the stack's: push ${name} to where they pull from, and set that image in deploy/manifests/operator.yaml.`,
    );
  }
  const exported = join(folder, 'exported');
  const layout = join(folder, 'layout');
  const archive = join(folder, 'image.tar');
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  // Not compressed: that would take longer than everything else, and the layers go no further than this machine.
  await buildah('push', '--disable-compression', name, `dir:${exported}`);
  await layOut(name, exported, layout, await knownContent());
  await execa('tar', ['--create', '--file', archive, '--directory', layout, '.']);
  await importImages(archive);
}

/** Turns containers/image's plain folder into an OCI image layout (image-layout.md of the OCI image specification). */
async function layOut(name: string, exported: string, layout: string, known: ReadonlySet<string>): Promise<void> {
  const manifestFile = join(exported, 'manifest.json');
  const manifest = manifestDocument.parse(JSON.parse(await readFile(manifestFile, 'utf8')));
  const { stdout } = await execa('sha256sum', [manifestFile]);
  const digest = `sha256:${stdout.slice(0, 64)}`;
  await place(manifestFile, blobPath(layout, digest));
  for (const blob of [manifest.config, ...manifest.layers]) {
    if (known.has(blob.digest)) continue;
    await place(join(exported, blob.digest.replace('sha256:', '')), blobPath(layout, blob.digest));
  }
  const entry = {
    mediaType: manifest.mediaType,
    digest,
    size: (await stat(manifestFile)).size,
    annotations: { 'org.opencontainers.image.ref.name': name },
  };
  await writeFile(join(layout, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests: [entry] }));
  await writeFile(join(layout, 'oci-layout'), JSON.stringify({ imageLayoutVersion: '1.0.0' }));
}

function blobPath(layout: string, digest: string): string {
  return join(layout, 'blobs', digest.replace(':', '/'));
}

async function place(from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true });
  await link(from, to);
}
