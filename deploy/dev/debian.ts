import { execa } from 'execa';
import { StackError } from './stack-error.ts';

/** Those of the Debian packages that are not installed. */
async function missingPackages(names: readonly string[]): Promise<string[]> {
  const { stdout } = await execa('dpkg-query', ['-W', '-f', '${Package} ${db:Status-Status}\\n', ...names], {
    reject: false,
  });
  const installed = new Set(stdout.split('\n').map((line) => (line.endsWith(' installed') ? line.split(' ')[0] : '')));
  return names.filter((name) => !installed.has(name));
}

/** Installs the packages that are missing. */
export async function installPackages(names: readonly string[]): Promise<void> {
  const missing = await missingPackages(names);
  if (missing.length === 0) return;
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  await execa('apt-get', ['update', '-qq'], { env });
  const options = ['install', '-y', '-qq', '--no-install-recommends'];
  const { exitCode, stderr } = await execa('apt-get', [...options, ...missing], { env, reject: false });
  if (exitCode !== 0) throw new StackError(`apt-get install ${missing.join(' ')} failed: ${stderr.trim()}`);
}

/** The line for packages that are missing and cannot be installed from here, or nothing. */
export async function uninstallable(names: readonly string[]): Promise<string[]> {
  const missing = await missingPackages(names);
  if (missing.length === 0) return [];
  const { exitCode } = await execa('apt-get', ['--version'], { reject: false });
  if (process.getuid?.() === 0 && exitCode === 0) return [];
  return [`Debian packages are missing; as root: apt-get install ${missing.join(' ')}`];
}
