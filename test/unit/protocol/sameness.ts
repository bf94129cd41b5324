import type { PartitionReport } from '../../../src/model/report.ts';
import { endOf, isForeign, sentOf, type Entry } from './entry.ts';
import { code } from '../search/codes.ts';
import { Fingerprint } from '../search/fingerprint.ts';
import { endOfLog, producerState, type PartitionLog } from './partition-log.ts';
import type { Cause, Late, ProducerRecord, Report, World, Writer } from './world.ts';

/**
 * States that differ in nothing that can matter have the same fingerprint. Of epochs it matters which is newer, not their
 * number; of a process whether it is the newest, or its file may be read all the same; of offsets what stands there; of markers one behind the other the type of
 * the first, which says what became of the records before it, and the epoch of the last, which is what the leader knows.
 */
export function fingerprintOf(world: World): Fingerprint {
  const { cluster, report, claimed, current, zombie, late, end, faultsLeft, causes } = world;
  const names = new Names(world);
  const print = new Fingerprint();
  names.log(print);
  print.add(names.epoch(cluster.coordinator.epoch)).add(code(cluster.coordinator.state));
  names.record(print, report.producer);
  names.partition(print, report.partition);
  print.add(Number(report.before !== null) * 2 + Number(report.exists));
  if (report.before !== null) {
    names.record(print, report.before.producer);
    names.partition(print, report.before.partition);
  }
  print.add(report.noted.length);
  for (const { producer, partition } of report.noted) {
    names.record(print, producer);
    names.partition(print, partition);
  }
  names.writer(print, current, report);
  names.writer(print, zombie, report);
  print.add(late.length);
  // In which order bytes became late does not matter.
  for (const n of late.map((bytes) => names.late(bytes)).sort((a, b) => a - b)) print.add(n).add(n / 2 ** 32);
  print.add(end === null ? 0 : code(end.as === 'Done' ? end.as : end.reason)).add(faultsLeft * 2 + Number(claimed));
  let happened = 0;
  for (const cause of causes) happened |= bits[cause];
  return print.add(happened);
}

const bits: Readonly<Record<Cause, number>> = {
  truncation: 1,
  foreign: 2,
  timeout: 4,
  reset: 8,
  latecomer: 16,
  torn: 32,
};

/** Names for epochs and offsets that are the same in states that are alike. */
class Names {
  readonly #log: PartitionLog;
  readonly #epochs: number[] = [];
  readonly #leaders: number[] = [];
  readonly #offsets: number[] = [];
  readonly #standing: readonly Standing[];

  constructor(world: World) {
    this.#log = world.cluster.log;
    this.#mention(world);
    // A truncation could fall between two markers.
    this.#standing = standing(this.#log, world.faultsLeft === 0 ? this.#offsets : null);
    for (const { entry, epoch } of this.#standing) {
      if (!isForeign(entry)) rank(this.#epochs, epoch);
      if (entry.sent !== null) rank(this.#leaders, entry.header.leaderEpoch);
    }
  }

  /** The epochs and offsets that a state speaks of, besides its log. */
  #mention({ cluster: { log, coordinator }, report, current, zombie, late }: World): void {
    rank(this.#epochs, coordinator.epoch);
    rank(this.#leaders, log.leaderEpoch);
    this.#offsets.push(log.start, log.replicated);
    if (log.start > 0) rank(this.#epochs, producerState(log)?.epoch ?? -1);
    for (const known of [report, report.before, ...report.noted]) {
      if (known === null) continue;
      if (known.producer !== null) rank(this.#epochs, known.producer.epoch);
      this.#mentionPartition(known.partition);
    }
    for (const writer of [current, zombie]) {
      if (writer === null) continue;
      this.#mentionPartition(writer.partition);
      this.#offsets.push(writer.purgeTo);
      for (const { result } of writer.requests ?? []) if (result !== null) this.#offsets.push(result.offset);
      rank(this.#leaders, writer.leaderEpoch);
      rank(this.#epochs, writer.epoch);
      if (writer.record !== null) rank(this.#epochs, writer.record.epoch);
    }
    for (const bytes of late) {
      if (bytes.is === 'DeleteRecords') this.#offsets.push(bytes.before);
      else if (bytes.is === 'batches') for (const { epoch } of bytes.sent) rank(this.#epochs, epoch);
      else if (bytes.is !== 'InitProducerId') rank(this.#epochs, bytes.epoch);
    }
  }

  #mentionPartition(partition: PartitionReport | null): void {
    if (partition === null) return;
    this.#offsets.push(partition.start, partition.purgeTo ?? 0);
    for (const [, , target, count] of partition.runs) this.#offsets.push(target, target + count);
    if (partition.last === null) return;
    this.#offsets.push(partition.last.offset, partition.last.offset + partition.last.count);
    rank(this.#leaders, partition.last.leaderEpoch);
    rank(this.#epochs, sentOf(partition.last.crc)?.epoch ?? -1);
  }

  epoch(epoch: number): number {
    return this.#epochs.indexOf(epoch);
  }

  leader(epoch: number): number {
    return this.#leaders.indexOf(epoch);
  }

  /** What begins there; or how far it lies before the log, behind it, or within a batch. */
  offset(offset: number | null): number {
    if (offset === null) return -1;
    const { start } = this.#log;
    if (offset < start) return 1_000 + start - offset;
    const end = endOfLog(this.#log);
    if (offset >= end) return offset === end ? 2_000 : 3_000 + offset - end;
    const place = this.#standing.findIndex(({ entry }) => endOf(entry) > offset);
    return place * 4 + offset - (this.#standing[place]?.entry.header.baseOffset ?? 0);
  }

  log(print: Fingerprint): void {
    const { replicated, lagging, leaderEpoch, forgotten, entries, start } = this.#log;
    for (const { entry, epoch } of this.#standing) {
      const { header, sent, commitMarker } = entry;
      if (sent !== null) print.add(sent.batch.index).add(sent.first).add(this.leader(header.leaderEpoch));
      print.add(header.control ? -2 - Number(commitMarker) : -1).add(this.epoch(epoch));
    }
    print.add(-9).add(this.offset(replicated)).add(Number(lagging)).add(this.leader(leaderEpoch));
    print.add(forgotten === 0 ? -1 : this.offset(entries[forgotten]?.header.baseOffset ?? endOfLog(this.#log)));
    if (start === 0) return;
    // What was deleted matters only for what the leader knows of the producer.
    const state = producerState(this.#log);
    print.add(this.epoch(state?.epoch ?? -1)).add(Number(state?.open ?? false));
    for (const { header, sent } of state?.batches ?? []) if (header.baseOffset < start) print.add(sent?.first ?? -1);
  }

  record(print: Fingerprint, record: ProducerRecord | null): void {
    if (record === null) print.add(-1);
    else print.add(this.epoch(record.epoch)).add(record.base);
  }

  partition(print: Fingerprint, partition: PartitionReport | null): void {
    if (partition === null) {
      print.add(-1);
      return;
    }
    const { start, committed, acknowledged, last, purgeTo, runs, doubted } = partition;
    print
      .add(Number(doubted))
      .add(this.offset(start))
      .add(committed)
      .add(acknowledged)
      .add(this.offset(purgeTo))
      .add(runs.length);
    if (last !== null) {
      const batch = sentOf(last.crc);
      print.add(this.offset(last.offset)).add(this.leader(last.leaderEpoch));
      print.add(this.epoch(batch?.epoch ?? -1)).add(batch?.first ?? -1);
    }
    for (const [index, , target, count] of runs) print.add(index).add(this.offset(target)).add(count);
  }

  writer(print: Fingerprint, writer: Writer | null, { owner, before }: Report): void {
    if (writer === null) {
      print.add(-1);
      return;
    }
    const { id, at, hasAborted, hasPurged, requests, history } = writer;
    const writes = id === owner ? 2 : Number(id === owner - 1 && before !== null);
    print.add(code(at)).add(writes * 4 + Number(hasAborted) * 2 + Number(hasPurged));
    this.record(print, writer.record);
    this.partition(print, writer.partition);
    print.add(this.epoch(writer.epoch)).add(this.leader(writer.leaderEpoch)).add(this.offset(writer.purgeTo));
    print.add(writer.acknowledged).add(requests?.length ?? -1);
    for (const { sent, result } of requests ?? []) {
      print
        .add(sent.batch.index)
        .add(result?.code ?? -1)
        .add(this.offset(result?.offset ?? null));
    }
    for (const event of history) print.add(code(event));
  }

  late(late: Late): number {
    const print = new Fingerprint().add(code(late.is));
    if (late.is === 'DeleteRecords') print.add(this.offset(late.before));
    else if (late.is === 'batches') {
      for (const { batch, epoch, first } of late.sent) print.add(batch.index).add(this.epoch(epoch)).add(first);
    } else if (late.is !== 'InitProducerId') print.add(this.epoch(late.epoch));
    return print.number;
  }
}

/** Puts a number into its place, once: its place is its rank. There are few, and most come in order. */
function rank(numbers: number[], n: number): void {
  let i = numbers.length;
  while (i > 0 && (numbers[i - 1] ?? 0) > n) i--;
  if (i === 0 || numbers[i - 1] !== n) numbers.splice(i, 0, n);
}

/** An entry of the log, or markers one behind the other: then the first, with the epoch of the last. */
interface Standing {
  readonly entry: Entry;
  epoch: number;
}

/** @param referred offsets between markers that matter; null if all do */
function standing({ entries, start, forgotten }: PartitionLog, referred: readonly number[] | null): Standing[] {
  const found: Standing[] = [];
  for (const [i, entry] of entries.entries()) {
    const { baseOffset, control, producerEpoch } = entry.header;
    if (baseOffset < start) continue;
    const before = found.at(-1);
    const goesOn =
      control && before?.entry.header.control && i !== forgotten && referred?.includes(baseOffset) === false;
    if (goesOn) before.epoch = producerEpoch;
    else found.push({ entry, epoch: producerEpoch });
  }
  return found;
}
