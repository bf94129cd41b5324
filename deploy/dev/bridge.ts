import { execa } from 'execa';
import { z } from 'zod';
import { StackError } from './stack-error.ts';
import { currentStack, updateStack, type Stack } from './state.ts';

export type Bridge = NonNullable<Stack['bridge']>;

// Not os.networkInterfaces(): it leaves out a bridge that no pod is plugged into.
const interfaceList = z.array(z.object({ ifname: z.string(), addr_info: z.array(z.object({ local: z.string() })) }));
type Interfaces = z.infer<typeof interfaceList>;

/**
 * The network bridge between pods and this machine, made now if it is missing. Servers listen on its address for the
 * pods, so it must be there before any of them starts. Undefined without root: then there are no pods either.
 */
export async function ensureBridge(): Promise<Bridge | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const interfaces = await listInterfaces();
  const bridge = currentStack().bridge ?? freeBridge(interfaces);
  if (!interfaces.some(({ ifname }) => ifname === bridge.name)) {
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
  if (bridge === undefined || !(await listInterfaces()).some(({ ifname }) => ifname === bridge.name)) return;
  await ip('link', 'delete', bridge.name);
}

/** The first bridge name and the first of 256 subnets that no interface of this machine uses. */
export function freeBridge(interfaces: Interfaces): Bridge {
  const names = interfaces.map(({ ifname }) => ifname);
  const addresses = interfaces.flatMap(({ addr_info }) => addr_info.map(({ local }) => local));
  for (let n = 0; n < 256; n += 1) {
    const name = `rekindle${n}`;
    const prefix = `10.213.${n}.`;
    if (!names.includes(name) && !addresses.some((address) => address.startsWith(prefix))) {
      return { name, address: `${prefix}1`, subnet: `${prefix}0/24` };
    }
  }
  throw new StackError('All subnets 10.213.0.0/24 to 10.213.255.0/24 are in use on this machine: free one.');
}

async function listInterfaces(): Promise<Interfaces> {
  return interfaceList.parse(JSON.parse(await ip('-json', 'address', 'show')));
}

async function ip(...args: string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await execa('ip', args, { reject: false });
  if (exitCode === 0) return stdout;
  throw new StackError(`ip ${args.join(' ')}: ${stderr || 'the command is missing: apt-get install iproute2'}`);
}
