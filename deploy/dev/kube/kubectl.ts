import { execa } from 'execa';
import { readStack } from '../state.ts';

/**
 * Runs kubectl on the stack's cluster and returns what it printed.
 * @param input standard input, for `-f -`
 */
export async function kubectl(args: readonly string[], input = ''): Promise<string> {
  const { kubernetes } = readStack('kubernetes');
  const { stdout } = await execa(kubernetes.kubectl, args, { input, env: { KUBECONFIG: kubernetes.kubeconfig } });
  return stdout;
}
