import { execa } from 'execa';
import { readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { cached, digest } from '../../deploy/dev/cache.ts';
import { kafkaJars, KAFKA_VERSION, toolsClasspath } from '../../deploy/dev/kafka/kafka.ts';
import { LITTLE_TO_DO } from '../../deploy/dev/kafka/jvm.ts';
import { served, type JavaCommand } from './java-server.ts';

/**
 * Programs of others: what writes the data of the tests and what checks the results has nothing in common with the code
 * under test but the broker. `test/java` holds small programs over Apache Kafka's own clients; Kafka's tools are there
 * too.
 */

/** The programs of `test/java`; each file says what it does. */
export type JavaProgram =
  | 'WriteRecords'
  | 'WritePackages'
  | 'LoadTopics'
  | 'DumpTopic'
  | 'DigestTopic'
  | 'WriteDigests'
  | 'CompareTopics'
  | 'JudgeRestores';

const sources = join(import.meta.dirname, '../java');

/** A heap for a few million digests. Most runs are short, and a test makes many of them. */
const SHORT_RUN = ['-Xmx1g', ...LITTLE_TO_DO];

const ARCHIVE = 'classes.jsa';
const PROGRAMS = 'programs.jar';

/** Java prints in the machine's character set; the programs' JSON is UTF-8 wherever they run. */
const env = { LC_ALL: 'C.UTF-8' };

/** Kafka's own command line tools by the name of their class. */
const kafkaTools = {
  AclCommand: 'org.apache.kafka.tools.AclCommand',
  ConfigCommand: 'kafka.admin.ConfigCommand',
  ConsoleConsumer: 'org.apache.kafka.tools.consumer.ConsoleConsumer',
  DeleteRecordsCommand: 'org.apache.kafka.tools.DeleteRecordsCommand',
  DumpLogSegments: 'kafka.tools.DumpLogSegments',
  GetOffsetShell: 'org.apache.kafka.tools.GetOffsetShell',
  ProducerPerformance: 'org.apache.kafka.tools.ProducerPerformance',
  TopicCommand: 'org.apache.kafka.tools.TopicCommand',
  TransactionsCommand: 'org.apache.kafka.tools.TransactionsCommand',
  VerifiableProducer: 'org.apache.kafka.tools.VerifiableProducer',
} as const;

export type KafkaTool = keyof typeof kafkaTools;

/** In a JVM of their own: these run for a while, beside others of the same test. */
const alone: readonly KafkaTool[] = ['ProducerPerformance', 'VerifiableProducer', 'ConsoleConsumer'];

/**
 * Runs one of Kafka's own tools and returns what it prints.
 * @throws Error with the tool's standard error when it exits with anything but 0
 */
export async function kafkaTool(name: KafkaTool, args: readonly string[]): Promise<string> {
  const program = kafkaTools[name];
  if (alone.includes(name)) {
    const { options, classpath } = await shortRun();
    // What is measured runs with Java's own defaults.
    const chosen = name === 'ProducerPerformance' ? [] : options;
    return (await execa('java', [...chosen, '-cp', classpath, program, ...args], { env })).stdout;
  }
  const { exit, out, err } = await served({ program, arguments: args, input: '' }, () => javaCommand('Serve', []));
  if (exit !== 0) throw new Error(`${name} exits with ${exit}: ${out}${err}`);
  return out.trimEnd();
}

export interface JavaResult {
  /** 0, or 1 when a check found something. */
  exitCode: 0 | 1;
  /** The JSON lines that the program printed. */
  lines: unknown[];
}

/**
 * Compiles the programs when they changed, has one run and parses its JSON lines.
 * @param input what the program reads from standard input
 * @throws Error with the program's standard error when it could not do its work
 */
export async function runJava(program: JavaProgram, args: readonly string[], input = ''): Promise<JavaResult> {
  const { exit, out, err } = await served({ program, arguments: args, input }, () => javaCommand('Serve', []));
  const lines = exit === 0 || exit === 1 ? jsonLines(out) : [];
  // 1 is the verdict of a check, which says what it found; anything else is a failure.
  if (exit === 0 || (exit === 1 && lines.length > 0)) return { exitCode: exit, lines };
  throw new Error(`${program} could not do its work: ${err}`);
}

/** How to start one of the programs that read their orders from standard input, for as long as there are some. */
export async function javaCommand(program: JavaProgram | 'Serve', args: readonly string[]): Promise<JavaCommand> {
  const { options, classpath } = await shortRun();
  return { file: 'java', args: [...options, '-cp', classpath, program, ...args], env };
}

function jsonLines(text: string): unknown[] {
  return text
    .split('\n')
    .filter(Boolean)
    .map((line): unknown => JSON.parse(line));
}

/** How a short run starts fast: the JVM takes the clients' classes from an archive, made once for this Java. */
async function shortRun(): Promise<{ options: string[]; classpath: string }> {
  const programs = await compiledPrograms();
  const classpath = `${programs}:${await kafkaClasspath()}`;
  const archives = await cached({
    name: `${basename(dirname(programs))}-classes`,
    build: async (folder) => {
      const archive = `-XX:ArchiveClassesAtExit=${join(folder, ARCHIVE)}`;
      await execa('java', [...SHORT_RUN, archive, '-cp', classpath, 'LoadClients'], { env });
    },
  });
  // Another Java than the one that made it ignores the archive.
  return { options: [...SHORT_RUN, `-XX:SharedArchiveFile=${join(archives, ARCHIVE)}`], classpath };
}

async function kafkaClasspath(): Promise<string> {
  return toolsClasspath(await cached(await kafkaJars(KAFKA_VERSION)));
}

/** A jar: what stands in a folder the JVM does not archive. */
async function compiledPrograms(): Promise<string> {
  const names = (await readdir(sources)).filter((name) => name.endsWith('.java')).sort();
  const files = names.map((name) => join(sources, name));
  const folder = await cached({
    name: `test-programs-${KAFKA_VERSION}-${await digest(...files)}`,
    build: async (building) => {
      const classes = join(building, 'classes');
      await execa('javac', ['-Xlint:all', '-Werror', '-cp', await kafkaClasspath(), '-d', classes, ...files]);
      await execa('jar', ['--create', '--file', join(building, PROGRAMS), '-C', classes, '.']);
    },
  });
  return join(folder, PROGRAMS);
}
