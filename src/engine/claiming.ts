import { claimedBefore, markToCome, type Claim, type ClaimedTopic } from '../model/claim.ts';
import type { TopicReport } from '../model/report.ts';
import { finalConfigs, isGuarded, markOf, newMark, ownConfigs } from './guards.ts';
import type { FoundTopic } from './preflight.ts';
import type { TargetTopic } from './target.ts';

/**
 * What is claimed of a topic, before anything of it is touched.
 * @param earlier claims of the same restore, recorded before
 * @param begun what the report knows of the topic
 */
export function claimTopic(
  topic: TargetTopic,
  found: FoundTopic | undefined,
  begun: TopicReport | undefined,
  context: { earlier: readonly Claim[]; clusterId: string; guardTarget: boolean },
): ClaimedTopic {
  const { earlier, clusterId, guardTarget } = context;
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
  const before = claimedBefore(earlier, clusterId, name, { id, mark: markOf(found.configs) });
  if (before?.createdByUs) return { ...before, id };
  return {
    name,
    id,
    createdByUs: false,
    mark: null,
    emptyAtStart: before?.emptyAtStart ?? found.filled === null,
    starts: before?.starts ?? found.ends,
    finalConfigs: priorConfigs(before, found, begun, guardTarget),
    guards: before?.guards ?? [],
  };
}

/** What an existing topic gets back: what was set on it before a guard was; null when it is left alone. */
function priorConfigs(
  before: ClaimedTopic | undefined,
  { configs }: FoundTopic,
  begun: TopicReport | undefined,
  guardTarget: boolean,
): Record<string, string> | null {
  const recorded = before?.finalConfigs ?? null;
  const ourGuardsAreOn = begun === undefined ? isGuarded(configs) : Object.keys(begun.guards).length > 0;
  if (recorded !== null && ourGuardsAreOn) return recorded;
  return guardTarget ? ownConfigs(configs) : null;
}
