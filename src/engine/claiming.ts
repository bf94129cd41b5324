import { claimedBefore, markToCome, type Claim, type ClaimedTopic } from '../model/claim.ts';
import { retentionNames } from '../model/held-retention.ts';
import type { TopicReport } from '../model/report.ts';
import {
  finalConfigs,
  guardsOn,
  isGuarded,
  isRetention,
  markAmong,
  markOf,
  newMark,
  ownConfigs,
  timestampLimits,
} from './guards.ts';
import type { FoundTopic } from './preflight.ts';
import { segmentsOf, type TargetTopic } from './target.ts';

/**
 * What is claimed of a topic, before anything of it is touched.
 * @param earlier claims of the same restore, recorded before
 * @param begun what the report knows of the topic
 * @param context.proved all that the report knows of was proved: the guards are to come off, or have
 */
export function claimTopic(
  topic: TargetTopic,
  found: FoundTopic | undefined,
  begun: TopicReport | undefined,
  context: { earlier: readonly Claim[]; clusterId: string; guardTarget: boolean; proved: boolean },
): ClaimedTopic {
  const { earlier, clusterId, guardTarget, proved } = context;
  const { name } = topic;
  if (!found) {
    const configs = finalConfigs(topic.plans[0]?.topic.configs ?? {});
    const mark = markToCome(earlier, clusterId, name) ?? newMark();
    return {
      name,
      id: null,
      createdByUs: true,
      mark,
      emptyAtStart: true,
      starts: null,
      finalConfigs: configs,
      guards: [],
    };
  }
  const { id } = found.description;
  const before = claimedBefore(earlier, clusterId, name, identityOf(found, begun));
  const isOurs = before?.createdByUs === true;
  const configs = priorConfigs(before, topic, found, { begun, proved, isToBeGuarded: isOurs || guardTarget });
  if (isOurs) return { ...before, id, finalConfigs: configs };
  return {
    name,
    id,
    createdByUs: false,
    mark: null,
    emptyAtStart: before?.emptyAtStart ?? found.filled === null,
    starts: before?.starts ?? found.ends,
    finalConfigs: configs,
    guards: before?.guards ?? [],
  };
}

/**
 * By what the claim of a topic knows it. The report of this very topic knows the mark, too, whatever became of it there; what
 * came into its place has none by that.
 */
export function identityOf(
  { description: { id }, configs }: FoundTopic,
  begun: TopicReport | undefined,
): { id: string; mark: string | null } {
  const set = begun?.id === id ? begun.guards : {};
  return { id, mark: markAmong(set) ?? markOf(configs) };
}

/**
 * What a topic that is there gets back: what was set on it before a guard was; null when it is left alone. Where a guard is
 * still on, that is what was recorded before; all else is as its owner has it now, though it was a restore that made it.
 */
function priorConfigs(
  before: ClaimedTopic | undefined,
  topic: TargetTopic,
  { configs }: FoundTopic,
  of: { begun: TopicReport | undefined; proved: boolean; isToBeGuarded: boolean },
): Record<string, string> | null {
  const own = ownConfigs(configs);
  const recorded = before?.finalConfigs ?? null;
  const ours = new Set(
    recorded === null ? [] : guardedSince(recorded, before?.mark ?? null, topic, { configs, ...of }),
  );
  if (recorded === null || ours.size === 0) return of.isToBeGuarded ? own : null;
  return {
    ...Object.fromEntries(Object.entries(own).filter(([name]) => !ours.has(name))),
    ...Object.fromEntries(Object.entries(recorded).filter(([name]) => ours.has(name))),
  };
}

/**
 * Names under which a guard stands in the place of what is recorded. The report knows them, whatever became of their values
 * while it was restored; what has another value after the proof is its owner's. But a run that died before it wrote its
 * report has set all of them again, and where there is no report only the values speak: retention alone may be left on, or
 * all but what somebody has changed.
 */
function guardedSince(
  recorded: Readonly<Record<string, string>>,
  mark: string | null,
  topic: TargetTopic,
  of: { configs: FoundTopic['configs']; begun: TopicReport | undefined; proved: boolean },
): string[] {
  const { configs, begun, proved } = of;
  const reported = Object.entries(begun?.guards ?? {})
    .filter(([name, value]) => !proved || configs.get(name)?.value === value)
    .map(([name]) => name);
  const standing = guardsStanding(topic, configs, mark);
  const stands = (name: string): boolean => standing.includes(name);
  // A mark nobody else sets, and it comes off when the guards do.
  const bearsMark = mark !== null && timestampLimits.some(stands);
  if (begun !== undefined && !bearsMark && !isGuarded(configs)) return reported;
  // Single values its owner may have chosen, too. Both of retention are what a restore leaves that ends; and hardly anybody
  // else sets limits of timestamps.
  const isOurs = retentionNames.every(stands) || timestampLimits.some(stands);
  if (begun === undefined && !isOurs) return reported;
  // Without its mark a topic of ours had its configuration back: retention is all that may have been left on.
  const mayBeOn = mark === null || bearsMark ? standing : standing.filter(isRetention);
  const on = mayBeOn.filter((name) => recorded[name] !== configs.get(name)?.value);
  return [...reported, ...on];
}

/** Names of what stands on the topic as a guard of this restore would, whoever has set it. */
export function guardsStanding({ plans }: TargetTopic, configs: FoundTopic['configs'], mark: string | null): string[] {
  const segments = segmentsOf(plans).flat();
  return guardsOn(configs, { batchBytes: new Set(segments.map(({ maxBatchBytes }) => maxBatchBytes)), mark });
}
