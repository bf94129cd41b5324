import { execa } from 'execa';

/** Oldest Java that Kafka 4 runs on. */
const JAVA = 17;
/** Go of the newest module that is built here (`kube/go.mod`). */
const GO = 26;

/** The line for a missing Java, or nothing. What runs is not enough: programs are compiled, too. */
export async function missingJava(): Promise<string[]> {
  // `openjdk version "17.0.15" …`, on standard error; `javac 17.0.15`.
  const [java, javac] = await Promise.all([answer('java', '-version'), answer('javac', '-version')]);
  const [runs, compiles] = [/version "(\d+)/.exec(java)?.[1], /javac (\d+)/.exec(javac)?.[1]];
  if (Number(runs ?? 0) >= JAVA && Number(compiles ?? 0) >= JAVA) return [];
  const found = `found: java ${runs ?? 'none'}, javac ${compiles ?? 'none'}`;
  return [
    `Java ${JAVA} or newer, with its compiler, is missing (${found}): apt-get install openjdk-${JAVA}-jdk-headless`,
  ];
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
