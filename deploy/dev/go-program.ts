import { execa } from 'execa';
import { join } from 'node:path';
import type { Recipe } from './cache.ts';

/** A program that `go install` builds from a released module: the folder gets one file with the program's name. */
export function goProgram(name: string, packagePath: string, version: string): Recipe {
  return {
    name: `${name}-${version}`,
    build: async (folder) => {
      // Static (no cgo), so that what was built on one machine runs on another; -s -w leaves the debugger's tables out.
      await execa('go', ['install', '-ldflags', '-s -w', `${packagePath}@v${version}`], {
        env: { CGO_ENABLED: '0', GOBIN: join(folder, 'bin') },
      });
    },
  };
}

/** For servers and tools written in Go: there is memory enough, and garbage that is collected less often costs less. */
export const GO_WITH_MEMORY: Readonly<Record<string, string>> = { GOGC: '400' };
