import { execa } from 'execa';

/** Oldest Java that Kafka 4 runs on. */
const JAVA = 17;
/** Go of the newest module that is built here (`kube/go.mod`). */
const GO = 26;

/** The line for a missing Java, or nothing. */
export async function missingJava(): Promise<string[]> {
  // `openjdk version "17.0.15" …`, on standard error.
  const found = /version "(\d+)/.exec(await answer('java', '-version'))?.[1];
  return Number(found ?? 0) >= JAVA
    ? []
    : [`Java ${JAVA} or newer is missing (found: ${found ?? 'none'}): apt-get install openjdk-${JAVA}-jdk-headless`];
}

/** The line for a missing Maven, or nothing. */
export async function missingMaven(): Promise<string[]> {
  return (await answer('mvn', '--version')).includes('Maven') ? [] : ['Maven is missing: apt-get install maven'];
}

/** The line for a missing Go, or nothing. */
export async function missingGo(): Promise<string[]> {
  // `go version go1.26.8 linux/amd64`
  const found = /go1\.(\d+)/.exec(await answer('go', 'version'))?.[1];
  return Number(found ?? 0) >= GO
    ? []
    : [`Go 1.${GO} or newer is missing (found: ${found === undefined ? 'none' : `1.${found}`}): see https://go.dev/dl`];
}

/** The line for a missing Linux, or nothing. */
export function missingLinux(): string[] {
  return process.platform === 'linux' ? [] : [`The local stack needs Linux; this is ${process.platform}.`];
}

async function answer(program: string, ...args: string[]): Promise<string> {
  const { stdout, stderr } = await execa(program, args, { reject: false });
  return `${stdout}\n${stderr}`;
}
