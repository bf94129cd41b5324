import { Command, InvalidArgumentError } from 'commander';
import { ExecaError } from 'execa';
import { rm } from 'node:fs/promises';
import { relative } from 'node:path';
import { Listr } from 'listr2';
import { ensureBridge } from './bridge.ts';
import { checkout, stateFolder } from './folders.ts';
import { buildImage, IMAGE, loadImage } from './image.ts';
import { alone, bringUp, checkMachine, existing, partsNamed, takeDown } from './parts.ts';
import type { Part } from './part.ts';
import { serves } from './probe.ts';
import { isRunning } from './servers.ts';
import { StackError } from './stack-error.ts';
import { summary } from './summary.ts';
import { currentStack, partNames, type PartName } from './state.ts';

const building = { title: `Build ${IMAGE}`, task: buildImage };
const loading = { title: `Load ${IMAGE} into the cluster`, task: loadImage };

const program = new Command('npm run stack --').description(
  'The local stack of real servers: Kafka, Temporal, S3 and a one-node Kubernetes (docs/dev-stack.md).',
);

program
  .command('up')
  .description('start what does not run yet; the first time, build and download it')
  .option('--only <parts>', `some of: ${partNames.join(',')}`, parseParts, [...partNames])
  .option(
    '--image',
    'build the image of this checkout while the servers start, and make it known to the cluster',
    false,
  )
  .action(({ only, image }: { only: PartName[]; image: boolean }) => alone(() => up(only, image)));

program
  .command('down')
  .description('stop what was started here; data, addresses and ports stay')
  .option('--only <parts>', `some of: ${partNames.join(',')}`, parseParts, [...partNames])
  .option('--wipe', 'stop everything, and forget data, addresses and ports too', false)
  .action(({ only, wipe }: { only: PartName[]; wipe: boolean }) =>
    alone(async () => {
      await down(wipe ? partNames : only);
      if (wipe) await rm(stateFolder, { recursive: true, force: true });
    }),
  );

program
  .command('image')
  .description('build the image of this checkout and make it known to the cluster')
  .action(() => alone(() => new Listr([building, loading]).run().then(() => undefined)));

program.command('status').description('tell what runs').action(status);

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = 1;
  if (!(error instanceof StackError || error instanceof ExecaError)) throw error;
  console.error(error.message);
}

async function up(names: readonly PartName[], image: boolean): Promise<void> {
  const wanted = partsNamed(names);
  const here: Part[] = [];
  for (const part of wanted) if ((await existing(part)) === undefined) here.push(part);
  await checkMachine(here);
  const bridge = here.length > 0 ? await ensureBridge() : undefined;
  await new Listr([
    {
      title: 'Install',
      // One build after the other: each of them uses all cores.
      task: (_, task) => task.newListr(here.map((part) => ({ title: part.title, task: () => part.install() }))),
    },
    {
      title: 'Start',
      task: (_, task) =>
        task.newListr(
          [
            ...wanted.map((part) => ({ title: part.title, task: () => bringUp(part, bridge) })),
            ...(image ? [building] : []),
          ],
          { concurrent: true },
        ),
    },
    ...(image ? [loading] : []),
  ]).run();
  console.log(summary(currentStack()));
}

async function down(names: readonly PartName[]): Promise<void> {
  const stopped = partsNamed(names).reverse();
  await new Listr(stopped.map((part) => ({ title: `Stop ${part.title}`, task: () => takeDown(part) }))).run();
}

async function status(): Promise<void> {
  for (const [name, server] of Object.entries(currentStack().servers)) {
    const state = !isRunning(name) ? 'down' : (await serves(server.ready)) ? 'serves' : 'runs, does not serve';
    const pid = isRunning(name) ? ` pid ${server.process?.pid ?? '?'}` : '';
    console.log(`${name.padEnd(24)} ${state}${pid}  ${relative(checkout, server.log)}`);
  }
  console.log(summary(currentStack()));
}

function parseParts(list: string): PartName[] {
  return list.split(',').map((word) => {
    const name = partNames.find((known) => known === word);
    if (name === undefined) throw new InvalidArgumentError(`${word} is none of ${partNames.join(', ')}.`);
    return name;
  });
}
