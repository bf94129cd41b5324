// `npm run chaos`: generated scenarios on real brokers; see docs/chaos.md.
import { Command, InvalidArgumentError, Option } from 'commander';
import { KAFKA_VERSION } from '../../deploy/dev/kafka/kafka.ts';
import { install, onStack } from '../runner.ts';
import { KAFKA_BEFORE_3_6 } from '../support/kafka.ts';
import { run } from './run.ts';
import { runOnStack } from './stack/run.ts';

interface Options {
  seed: number;
  scenarios?: number;
  minutes?: number;
  keep: boolean;
  kafka?: string;
  stack: boolean;
}

/** When neither a number nor a time is given. */
const A_FEW = 20;

const program = new Command('npm run chaos --')
  .description('Restores that are killed, frozen and cut off in generated ways; every record must be there once.')
  .option('--seed <n>', 'seed of the first scenario; the others have the next ones', parseCount, Date.now() % 1_000_000)
  .option('--scenarios <n>', `how many (default: ${A_FEW}, or as many as the time allows)`, parseCount)
  .option('--minutes <n>', 'begin no scenario after this time', parseCount)
  .addOption(
    new Option('--stack', 'on the whole stack with a second node, not on brokers of their own')
      .default(false)
      .conflicts(['keep', 'kafka']),
  )
  .addOption(
    new Option('--kafka <version>', `of the brokers (default: ${KAFKA_VERSION})`).choices([
      ...[KAFKA_VERSION, KAFKA_BEFORE_3_6],
    ]),
  )
  .option('--keep', 'keep the traces of scenarios that passed', false);
const { seed, scenarios, minutes, keep, kafka, stack } = program.parse().opts<Options>();

const say = (text: string): void => void process.stderr.write(`${text}\n`);
const count = scenarios ?? (minutes === undefined ? A_FEW : Number.MAX_SAFE_INTEGER);
const started = Date.now();
const options = { seed, scenarios: count, minutes: minutes ?? Infinity, keep, kafka, say };
const { passed, counts } = stack ? await wholeStack() : await onStack(() => run(options), ['s3']);
const seconds = Math.round((Date.now() - started) / 1_000);
process.stdout.write(`${JSON.stringify({ firstSeed: seed, ...counts, seconds })}\n`);
process.exitCode = passed ? 0 : 1;

async function wholeStack(): Promise<{ passed: boolean; counts: object }> {
  const played = await onStack(async () => {
    await install();
    return await runOnStack(options);
  });
  return { passed: played.flawed === 0 && played.scenarios > 0, counts: played };
}

function parseCount(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0) throw new InvalidArgumentError('expected a whole number');
  return value;
}
