import { constants } from 'node:os';
import { launch, signal, terminate, untilReady, type Server } from '../../deploy/dev/server.ts';
import { isAlive, type ProcessIdentity } from '../../deploy/dev/process-identity.ts';

// Who is told to end does so by way of `exit`, where the brokers are taken along.
for (const name of ['SIGHUP', 'SIGINT', 'SIGTERM'] as const) {
  process.once(name, () => process.exit(128 + constants.signals[name]));
}

/** The process of one broker, as a test treats it. It does not outlive this process. */
export class BrokerProcess {
  readonly #server: Server;
  #running: ProcessIdentity | undefined;

  constructor(server: Server) {
    this.#server = server;
    // Before its folder is deleted.
    process.prependOnceListener('exit', () => this.#signal('SIGKILL'));
  }

  get alive(): boolean {
    return isAlive(this.#running);
  }

  /** Returns when the process runs, before it serves. */
  async start(): Promise<void> {
    if (!this.alive) this.#running = await launch(this.#server);
  }

  /** Returns when it serves, and the others of its cluster do. */
  async untilReady(): Promise<void> {
    if (this.#running === undefined) throw new Error(`${this.#server.name} was not started`);
    await untilReady(this.#server, this.#running);
  }

  /** A clean shutdown: partitions move to other leaders first. */
  async stop(): Promise<void> {
    if (this.#running === undefined) return;
    this.thaw();
    await terminate(this.#server, this.#running);
  }

  /** As a power cut, but that the machine's disk cache stays. */
  async kill(): Promise<void> {
    if (this.#running === undefined) return;
    this.#signal('SIGKILL');
    await terminate(this.#server, this.#running);
  }

  /** It answers nobody any more, and believes afterwards that no time has passed. */
  freeze(): void {
    this.#signal('SIGSTOP');
  }

  thaw(): void {
    this.#signal('SIGCONT');
  }

  #signal(name: NodeJS.Signals): void {
    if (this.#running !== undefined) signal(this.#running, name);
  }
}
