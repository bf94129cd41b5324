import type { KubeClient } from '../kube/client.ts';
import { kinds } from '../kube/objects.ts';
import type { Logger } from '../telemetry/log.ts';
import type { Workflows } from './temporal.ts';

/**
 * Ends the workflows whose Restores are gone: when they went, the operator or Temporal may have been away. Throws
 * TemporalTrouble, and what the client of the API server throws.
 */
export async function endOrphans(kube: KubeClient, temporal: Workflows, logger: Logger): Promise<void> {
  for (const restore of await temporal.openRestores()) {
    if ((await kube.get(kinds.Restore, restore)) !== null) continue;
    logger.info({ restore }, 'ending the workflow of a Restore that is gone');
    await temporal.terminate(restore, 'The Restore is gone.');
  }
}
