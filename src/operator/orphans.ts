import type { KubeClient } from '../kube/client.ts';
import { isForbidden } from '../kube/errors.ts';
import { kinds } from '../kube/objects.ts';
import type { Logger } from '../telemetry/log.ts';
import type { Workflows } from './temporal.ts';

/**
 * Ends the workflows whose Restores are gone: when they went, the operator or Temporal may have been away. Throws
 * TemporalTrouble, and what the client of the API server throws.
 */
export async function endOrphans(kube: KubeClient, temporal: Workflows, logger: Logger): Promise<void> {
  for (const restore of await temporal.openRestores()) {
    try {
      if ((await kube.get(kinds.Restore, restore)) !== null) continue;
    } catch (error) {
      // A namespace that may not be read keeps its own workflows, not those of others.
      if (!isForbidden(error)) throw error;
      logger.warn({ restore, error: String(error) }, 'whether the Restore of this workflow is gone cannot be seen');
      continue;
    }
    logger.info({ restore }, 'ending the workflow of a Restore that is gone');
    await temporal.terminate(restore, 'The Restore is gone.');
  }
}
