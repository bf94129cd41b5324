import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { RekindleError } from '../model/reasons.ts';
import { ABSENT, PreconditionFailed, type Storage } from '../storage/storage.ts';
import {
  HEAD_KEY,
  TOPICS_PREFIX,
  type ArchiveHead,
  type HeadGeneration,
  type HeadPartition,
  type Link,
} from './format.ts';
import { readHead, sealHead } from './head.ts';

export interface SessionOptions {
  /** Time from one write of the head to the next, in ms: what a killed writer loses at most. Default 5 s. */
  readonly renewMs?: number;
  /** Time without a new head after which a writer that did not sign off is taken for dead, in ms. Default 15 s. */
  readonly patienceMs?: number;
}

const DEFAULT_RENEW_MS = 5_000;
const DEFAULT_PATIENCE_MS = 15_000;

type Topics = ArchiveHead['topics'];

/**
 * One writer's turn at an archive. It claims the head, writes it again and again with what is complete by then, and
 * signs off. Every write names the head that it replaces, so of two writers one stops at its next write; and each
 * session has file names of its own, so neither can touch the other's files.
 */
export class WritingSession {
  readonly session: number;
  /** A session before this one did not sign off: files that no head names may lie around. */
  readonly afterCrash: boolean;
  /** Aborts with the error that ended the session: the archive is somebody else's, or cannot be written. */
  readonly lost: AbortSignal;
  private readonly storage: Storage;
  private readonly losing = new AbortController();
  private readonly ending = new AbortController();
  private readonly writer: NonNullable<ArchiveHead['writer']>;
  private readonly topics: Topics;
  private readonly renewal: Promise<void>;
  private sequence: number;
  private etag: string;

  private constructor(storage: Storage, claim: Claim, renewMs: number) {
    this.storage = storage;
    this.session = claim.writer.session;
    this.afterCrash = claim.afterCrash;
    this.lost = this.losing.signal;
    this.writer = claim.writer;
    this.topics = structuredClone(claim.topics);
    this.sequence = claim.writer.session;
    this.etag = claim.etag;
    this.renewal = this.renew(renewMs);
  }

  /**
   * Claims an archive; an empty storage becomes one. After a writer that did not sign off it waits and watches first.
   * @throws RekindleError `ArchiveInUse`, `ArchiveMissing`, `IndexDamaged`
   */
  static async claim(storage: Storage, options: SessionOptions = {}): Promise<WritingSession> {
    const { renewMs = DEFAULT_RENEW_MS, patienceMs = DEFAULT_PATIENCE_MS } = options;
    return new WritingSession(storage, await claimHead(storage, patienceMs), renewMs);
  }

  /** The document of a generation that the head names; null for a new generation. */
  topicDocument(topic: string, generation: string): Link | null {
    return this.generation(topic, generation)?.topic ?? null;
  }

  /** A partition as it stands. Its generation must be set. */
  partition(topic: string, generation: string, partition: number): HeadPartition {
    const found = this.generation(topic, generation)?.partitions.find((one) => one.partition === partition);
    if (found === undefined) throw new Error(`Partition ${partition} of ${topic} is not in the head.`);
    return found;
  }

  /**
   * Makes a generation the newest of its topic, for the next write of the head.
   * @param earliest first offset of each partition: where one that is new begins
   */
  setGeneration(name: string, generation: string, document: Link, earliest: ReadonlyMap<number, number>): void {
    const topic = this.topics.find((candidate) => candidate.name === name) ?? { name, generations: [] };
    const known = this.generation(name, generation)?.partitions ?? [];
    const added = [...earliest].filter(([partition]) => !known.some((one) => one.partition === partition));
    const partitions = [
      ...known,
      ...added.map(([partition, nextOffset]) => ({
        partition,
        nextOffset,
        records: 0,
        bytes: 0,
        segments: 0,
        last: null,
      })),
    ].sort((a, b) => a.partition - b.partition);
    const others = topic.generations.filter((one) => one.generation !== generation);
    topic.generations = [...others, { generation, topic: document, partitions }];
    if (!this.topics.includes(topic)) this.topics.push(topic);
    this.topics.sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** Notes what is complete of a partition, for the next write of the head. */
  setPartition(topic: string, generation: string, complete: HeadPartition): void {
    const present = this.partition(topic, generation, complete.partition);
    const partitions = this.generation(topic, generation)?.partitions;
    partitions?.splice(partitions.indexOf(present), 1, complete);
  }

  /** Writes the head a last time and signs off. @throws what ended the session, if it did not last until now */
  async close(): Promise<void> {
    this.ending.abort();
    await this.renewal;
    this.lost.throwIfAborted();
    await this.write(null);
  }

  private generation(topic: string, generation: string): HeadGeneration | undefined {
    return this.topics.find(({ name }) => name === topic)?.generations.find((one) => one.generation === generation);
  }

  private async renew(everyMs: number): Promise<void> {
    try {
      for (;;) {
        await sleep(everyMs, undefined, { signal: this.ending.signal }).catch(() => undefined);
        if (this.ending.signal.aborted) return;
        await this.write(this.writer);
      }
    } catch (error) {
      this.losing.abort(error);
    }
  }

  private async write(writer: ArchiveHead['writer']): Promise<void> {
    const sequence = this.sequence + 1;
    const { body } = sealHead({ format: 'rekindle-archive/1', sequence, writer, topics: this.topics });
    try {
      this.etag = await this.storage.putIfMatch(HEAD_KEY, body, this.etag);
      this.sequence = sequence;
    } catch (error) {
      if (!(error instanceof PreconditionFailed)) throw error;
      throw inUse(this.storage, 'somebody else has written its head in the meantime', error);
    }
  }
}

interface Claim {
  readonly writer: NonNullable<ArchiveHead['writer']>;
  readonly topics: Topics;
  readonly etag: string;
  readonly afterCrash: boolean;
}

async function claimHead(storage: Storage, patienceMs: number): Promise<Claim> {
  const found = await readSettledHead(storage, patienceMs);
  if (found === null && (await hasTopics(storage))) {
    throw new RekindleError(
      'ArchiveMissing',
      `${storage.describe()} has topics of an archive but no head.json. Bring head.json back from a copy, or choose an empty location.`,
    );
  }
  const sequence = (found?.head.sequence ?? 0) + 1;
  const writer = { session: sequence, name: `${hostname()}/${process.pid}`, since: new Date().toISOString() };
  const topics = found?.head.topics ?? [];
  try {
    const { body } = sealHead({ format: 'rekindle-archive/1', sequence, writer, topics });
    const etag = await storage.putIfMatch(HEAD_KEY, body, found?.etag ?? ABSENT);
    return { writer, topics, etag, afterCrash: found !== null && found.head.writer !== null };
  } catch (error) {
    if (!(error instanceof PreconditionFailed)) throw error;
    throw inUse(storage, 'another backup has just begun', error);
  }
}

/** The head, once no living writer has a claim on it. A living one writes a new head within the patience. */
async function readSettledHead(storage: Storage, patienceMs: number): ReturnType<typeof readHead> {
  const first = await readHead(storage);
  if (first === null || first.head.writer === null) return first;
  const { name, since } = first.head.writer;
  await sleep(patienceMs);
  const second = await readHead(storage);
  if (second?.etag === first.etag || second?.head.writer === null) return second;
  throw inUse(storage, `${name} has been writing it since ${since}`);
}

async function hasTopics(storage: Storage): Promise<boolean> {
  const first = await storage.list(TOPICS_PREFIX)[Symbol.asyncIterator]().next();
  return first.done !== true;
}

function inUse(storage: Storage, why: string, cause?: Error): RekindleError {
  return new RekindleError(
    'ArchiveInUse',
    `The archive at ${storage.describe()} is in use: ${why}. Nothing is damaged; run this backup again when the other one is over.`,
    { cause },
  );
}
