import { isDeepStrictEqual } from 'node:util';
import type { Cluster } from './cluster.ts';
import type { StageParts } from './stage.ts';

/**
 * What a restore that is Done has left on its targets, or taken from them, a sentence each. They are to be configured as they
 * were before it, or as their sources are where it made them. Those have no retention: so none is held.
 * @param before null where it made them
 */
export async function configurationFlaws(
  cluster: Pick<Cluster, 'ownConfiguration'>,
  targets: StageParts['targets'],
  before: StageParts['configs'],
): Promise<string[]> {
  const flaws: string[] = [];
  for (const { source, target } of targets) {
    const wanted = before ?? (await cluster.ownConfiguration(source));
    const found = await cluster.ownConfiguration(target);
    if (isDeepStrictEqual(found, wanted)) continue;
    flaws.push(`${target} is configured with ${JSON.stringify(found)}, not ${JSON.stringify(wanted)}`);
  }
  return flaws;
}
