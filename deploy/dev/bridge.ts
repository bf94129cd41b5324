import { execa } from 'execa';
import { networkInterfaces } from 'node:os';
import { StackError } from './stack-error.ts';
import { currentStack, updateStack, type Stack } from './state.ts';

export type Bridge = NonNullable<Stack['bridge']>;

/**
 * The network bridge between pods and this machine, made now if it is missing. Servers listen on its address for the
 * pods, so it must be there before any of them starts. Undefined without root: then there are no pods either.
 */
export async function ensureBridge(): Promise<Bridge | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const bridge = currentStack().bridge ?? freeBridge(networkInterfaces());
  if (networkInterfaces()[bridge.name] === undefined) {
    await ip('link', 'add', bridge.name, 'type', 'bridge');
    await ip('address', 'add', `${bridge.address}/24`, 'dev', bridge.name);
    await ip('link', 'set', bridge.name, 'up');
  }
  updateStack((stack) => (stack.bridge = bridge));
  return bridge;
}

/** Removes the bridge from the machine; its name and address stay reserved for the next `up`. */
export async function removeBridge(): Promise<void> {
  const bridge = currentStack().bridge;
  if (bridge !== undefined && networkInterfaces()[bridge.name] !== undefined) await ip('link', 'delete', bridge.name);
}

/** The first bridge name and the first of 256 subnets that no interface of this machine uses. */
export function freeBridge(interfaces: ReturnType<typeof networkInterfaces>): Bridge {
  const used = Object.values(interfaces).flatMap((addresses) => (addresses ?? []).map(({ address }) => address));
  for (let n = 0; n < 256; n += 1) {
    const name = `rekindle${n}`;
    const prefix = `10.213.${n}.`;
    if (interfaces[name] === undefined && !used.some((address) => address.startsWith(prefix))) {
      return { name, address: `${prefix}1`, subnet: `${prefix}0/24` };
    }
  }
  throw new StackError('All subnets 10.213.0.0/24 to 10.213.255.0/24 are in use on this machine: free one.');
}

async function ip(...args: string[]): Promise<void> {
  const { exitCode, stderr } = await execa('ip', args, { reject: false });
  if (exitCode !== 0) throw new StackError(`ip ${args.join(' ')}: ${stderr || 'the command ip (iproute2) is missing'}`);
}
