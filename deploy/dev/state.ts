import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { stateFolder } from './folders.ts';
import { processIdentity } from './process-identity.ts';
import { server } from './server.ts';
import { StackError } from './stack-error.ts';

/** The parts of the local stack, in the order in which they are set up. */
export const partNames = ['kafka', 'temporal', 's3', 'kubernetes'] as const;
export type PartName = (typeof partNames)[number];

/**
 * The two addresses of one server: `host` for programs on this machine (loopback), `pods` for pods (the bridge). Both
 * are the same where there is no bridge (no root) and where the environment gave the address.
 */
const address = z.object({ host: z.string(), pods: z.string() });

const kafka = z.object({
  /** Comma-separated `host:port`. */
  bootstrap: address,
  /** Java class path with Kafka's own tools and clients, quiet about logging. Absent when Kafka was given. */
  classpath: z.string().optional(),
});

const temporal = z.object({
  address,
  namespace: z.string(),
  /** URL of the Web UI, for the host. Absent when Temporal was given. */
  ui: z.string().optional(),
  /** The `temporal` command. */
  cli: z.string(),
});

const s3 = z.object({
  /** URL. */
  endpoint: address,
  region: z.string(),
  accessKeyId: z.string(),
  secretAccessKey: z.string(),
});

const kubernetes = z.object({
  kubeconfig: z.string(),
  /** The `kubectl` command. */
  kubectl: z.string(),
  /** Socket of the node's containerd, where images are imported. Absent when the cluster was given. */
  containerd: z.string().optional(),
});

const stackFile = z.object({
  /** Each port's purpose and number: chosen at the first `up`, kept from then on. */
  ports: z.record(z.string(), z.number()).default({}),
  /** The network bridge between pods and this machine. */
  bridge: z.object({ name: z.string(), address: z.string(), subnet: z.string() }).optional(),
  /** Every server that was started here, in the order of the first start. */
  servers: z
    .record(z.string(), server.extend({ part: z.enum(partNames), process: processIdentity.optional() }))
    .default({}),
  kafka: kafka.optional(),
  temporal: temporal.optional(),
  s3: s3.optional(),
  kubernetes: kubernetes.optional(),
});

/** What the local stack knows about itself: `.dev/stack.json`. */
export type Stack = z.infer<typeof stackFile>;

/** A stack in which the named parts are there. */
export type StackWith<Part extends PartName> = Stack & { [Name in Part]-?: NonNullable<Stack[Name]> };

const file = join(stateFolder, 'stack.json');

/** The stack as it was last written; empty before the first `up`. */
export function currentStack(): Stack {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    return stackFile.parse({});
  }
  return stackFile.parse(JSON.parse(text));
}

/**
 * For tests and the demo: the addresses of the local stack.
 * @param parts the parts that the caller needs
 * @throws StackError with the command to run when one of them was never set up
 */
export function readStack<Part extends PartName>(...parts: Part[]): StackWith<Part> {
  const stack = currentStack();
  if (!has(stack, parts)) {
    throw new StackError(`The local stack is not up: npm run stack -- up --only ${parts.join(',')}`);
  }
  return stack;
}

/** Changes the file in one synchronous step, so that parts that start at the same time lose nothing of each other. */
export function updateStack(change: (stack: Stack) => void): void {
  const stack = currentStack();
  change(stack);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(`${file}.new`, `${JSON.stringify(stack, null, 2)}\n`, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

function has<Part extends PartName>(stack: Stack, parts: readonly Part[]): stack is StackWith<Part> {
  return parts.every((part) => stack[part] !== undefined);
}
