import type { Logger } from '../telemetry/log.ts';
import type { KubeClient } from './client.ts';
import { KubeConflict, inWords } from './errors.ts';
import { microTime } from './micro-time.ts';
import { kinds } from './objects.ts';
import type { Lease } from './objects.ts';
import { pause } from './pause.ts';

/** Times of client-go's leader election, milliseconds. */
const leaseMs = 15_000;
const renewDeadlineMs = 10_000;
const retryMs = 2_000;

export interface LeaderElectionOptions {
  readonly client: KubeClient;
  readonly namespace: string;
  /** Name of the Lease; all candidates use the same. */
  readonly name: string;
  /** Who this candidate is; unique among them, the pod's name for instance. */
  readonly identity: string;
  readonly logger: Logger;
  readonly onAcquired: () => void;
  /** The lease could not be renewed in time: another may lead soon. The process must end its work at once. */
  readonly onLost: () => void;
}

/**
 * Leader election over a Lease. Whoever holds it renews it every 2 s and gives up after 10 s without success; the others
 * take it when it did not change for 15 s by their own clock, so that the clocks of machines need not agree.
 */
export class LeaderElection {
  readonly #options: LeaderElectionOptions;
  readonly #stopping = new AbortController();
  #running: Promise<void> | undefined;
  #isLeader = false;
  /** The Lease as last seen, and when this candidate first saw it so. */
  #seen: { readonly lease: Lease; readonly at: number } | undefined;

  constructor(options: LeaderElectionOptions) {
    this.#options = options;
  }

  get isLeader(): boolean {
    return this.#isLeader;
  }

  start(): void {
    this.#running ??= this.#run();
  }

  /** Ends the candidacy; a leader gives the Lease back, so that another need not wait. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
    if (!this.#isLeader) return;
    this.#isLeader = false;
    await this.#release();
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    while (!(await this.#attempt(renewDeadlineMs))) {
      if (signal.aborted) return;
      await pause(retryMs, signal);
    }
    this.#isLeader = true;
    this.#options.logger.info({ lease: this.#options.name, identity: this.#options.identity }, 'this one leads');
    this.#options.onAcquired();

    let renewedAt = performance.now();
    for (;;) {
      await pause(retryMs, signal);
      if (signal.aborted) return;
      const leftMs = renewDeadlineMs - (performance.now() - renewedAt);
      if (leftMs > 0 && (await this.#attempt(leftMs))) renewedAt = performance.now();
      else if (performance.now() - renewedAt >= renewDeadlineMs || this.#isHeldByAnother()) break;
    }
    this.#isLeader = false;
    this.#options.logger.error({ lease: this.#options.name }, 'the lease is lost');
    this.#options.onLost();
  }

  /** Takes or renews the Lease; false if another holds it or the API server did not do it in the time given. */
  async #attempt(withinMs: number): Promise<boolean> {
    const signal = AbortSignal.any([this.#stopping.signal, AbortSignal.timeout(Math.ceil(withinMs))]);
    try {
      return await this.#takeOrRenew(signal);
    } catch (error) {
      if (error instanceof KubeConflict) return false;
      if (!signal.aborted) {
        this.#options.logger.warn(
          { lease: this.#options.name, error: inWords(error) },
          'the lease could not be renewed',
        );
      }
      return false;
    }
  }

  async #takeOrRenew(signal: AbortSignal): Promise<boolean> {
    const { client, namespace, name, identity } = this.#options;
    const lease = await client.get(kinds.Lease, { namespace, name }, { signal });
    const now = microTime();
    if (lease === null) {
      const spec = { ...this.#held(now), acquireTime: now, leaseTransitions: 0 };
      const draft = { apiVersion: kinds.Lease.apiVersion, kind: kinds.Lease.kind, metadata: { namespace, name }, spec };
      this.#see(await client.create(kinds.Lease, draft, { signal }));
      return true;
    }
    this.#see(lease);
    if (this.#isHeldByAnother() && !this.#isStale()) return false;
    const before = lease.spec ?? {};
    const mine = before.holderIdentity === identity;
    const spec = {
      ...before,
      ...this.#held(now),
      ...(mine ? {} : { acquireTime: now, leaseTransitions: (before.leaseTransitions ?? 0) + 1 }),
    };
    this.#see(await client.replace(kinds.Lease, { ...lease, spec }, { signal }));
    return true;
  }

  async #release(): Promise<void> {
    const { client, logger, name } = this.#options;
    const lease = this.#seen?.lease;
    if (lease === undefined) return;
    try {
      const spec = { ...lease.spec, holderIdentity: '', leaseDurationSeconds: 1, renewTime: microTime() };
      await client.replace(kinds.Lease, { ...lease, spec });
    } catch (error) {
      logger.warn({ lease: name, error: inWords(error) }, 'the lease could not be given back, it runs out by itself');
    }
  }

  #see(lease: Lease): void {
    if (this.#seen?.lease.metadata.resourceVersion === lease.metadata.resourceVersion) return;
    this.#seen = { lease, at: performance.now() };
  }

  #isHeldByAnother(): boolean {
    const holder = this.#seen?.lease.spec?.holderIdentity ?? '';
    return holder !== '' && holder !== this.#options.identity;
  }

  #isStale(): boolean {
    if (this.#seen === undefined) return false;
    const seconds = this.#seen.lease.spec?.leaseDurationSeconds ?? leaseMs / 1000;
    return performance.now() - this.#seen.at > seconds * 1000;
  }

  #held(now: string): { holderIdentity: string; leaseDurationSeconds: number; renewTime: string } {
    return { holderIdentity: this.#options.identity, leaseDurationSeconds: leaseMs / 1000, renewTime: now };
  }
}
