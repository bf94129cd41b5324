import { TopicAdmin } from '../kafka/admin.ts';
import { KafkaCluster } from '../kafka/cluster.ts';
import type { Logger } from '../telemetry/log.ts';
import type { Delivery } from './delivery.ts';

/** What a run needs of the cluster that it writes to. */
export interface Target {
  readonly cluster: KafkaCluster;
  readonly admin: TopicAdmin;
  readonly delivery: Delivery;
}

/** The connection to the target, made at the first need and anew after it was dropped. */
export class TargetLink {
  private readonly properties: Readonly<Record<string, string>>;
  private readonly deliveryTo: (cluster: KafkaCluster) => Delivery;
  private readonly logger: Logger;
  private target: Promise<Target> | null = null;

  constructor(
    properties: Readonly<Record<string, string>>,
    deliveryTo: (cluster: KafkaCluster) => Delivery,
    logger: Logger,
  ) {
    this.properties = properties;
    this.deliveryTo = deliveryTo;
    this.logger = logger;
  }

  /**
   * Whoever asks while the connection is being made gets the same one.
   * @throws RekindleError `KafkaUnreachable`, `NotAuthorized`, `InvalidConfiguration`
   */
  async connect(): Promise<Target> {
    const target = (this.target ??= this.open());
    try {
      return await target;
    } catch (error) {
      if (this.target === target) this.target = null;
      throw error;
    }
  }

  /** Never fails: a cluster that is given up may well be out of reach. */
  async drop(): Promise<void> {
    const { target, logger } = this;
    this.target = null;
    try {
      await (await target)?.cluster.close();
    } catch (error) {
      logger.debug(error, 'closing the connection failed');
    }
  }

  private async open(): Promise<Target> {
    const cluster = await KafkaCluster.connect({ ...this.properties }, { logger: this.logger });
    return { cluster, admin: new TopicAdmin(cluster), delivery: this.deliveryTo(cluster) };
  }
}
