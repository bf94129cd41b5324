import { execa } from 'execa';
import { rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { buildah } from '../buildah.ts';
import { digest, type Recipe } from '../cache.ts';

export const KUBERNETES_VERSION = '1.34.4';

/** The image of the process that holds a pod's network namespace. */
export const PAUSE_IMAGE = 'localhost/pause:1';

const sources = import.meta.dirname;
const programs = [
  'etcd',
  'kube-apiserver',
  'kube-controller-manager',
  'kube-scheduler',
  'kube-proxy',
  'kubelet',
  'kubectl',
  'stop-pods',
];

/** All of Kubernetes as one program under many names; a folder with one link for each of them. */
export async function kubernetesPrograms(): Promise<Recipe> {
  const files = ['main.go', 'stop_pods.go', 'go.mod', 'go.sum'].map((file) => join(sources, file));
  return {
    name: `kubernetes-${KUBERNETES_VERSION}-${await digest(...files)}`,
    build: async (folder) => {
      // Without the version, clients would be told v0.0.0 and refuse to talk to the server.
      const version = `-X k8s.io/component-base/version.gitVersion=v${KUBERNETES_VERSION}`;
      await goBuild('.', join(folder, 'kube'), `-s -w ${version}`);
      for (const program of programs) await symlink('kube', join(folder, program));
    },
  };
}

/** The pause image as an archive, `pause.tar`. */
export async function pauseImage(): Promise<Recipe> {
  return {
    name: `pause-${await digest(join(sources, 'pause', 'main.go'))}`,
    build: async (folder) => {
      const program = join(folder, 'pause');
      await goBuild('./pause', program, '-s -w');
      const container = await buildah('from', 'scratch');
      try {
        await buildah('copy', container, program, '/pause');
        await buildah('config', '--entrypoint', '["/pause"]', container);
        await buildah('commit', container, `oci-archive:${join(folder, 'pause.tar')}:${PAUSE_IMAGE}`);
      } finally {
        await buildah('rm', container);
      }
      await rm(program);
    },
  };
}

async function goBuild(target: string, output: string, linkerFlags: string): Promise<void> {
  await execa('go', ['build', '-ldflags', linkerFlags, '-o', output, target], {
    cwd: sources,
    env: { CGO_ENABLED: '0' },
  });
}
