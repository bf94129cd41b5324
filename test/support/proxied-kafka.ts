import { appendFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hostBootstrap, kafkaServers, KAFKA_VERSION } from '../../deploy/dev/kafka/kafka.ts';
import { portFor } from '../../deploy/dev/ports.ts';
import { launch, signal, terminate, untilReady } from '../../deploy/dev/server.ts';
import { StackError } from '../../deploy/dev/stack-error.ts';
import { Proxy } from './proxy.ts';

/** A broker of its own for one test file, reached directly or through a proxy. */
export interface ProxiedKafka {
  /** Past the proxy: for what writes the data and checks the results. */
  direct: string;
  /** Through the proxy, with all that a client does after the first answer. */
  proxied: string;
  proxy: Proxy;
  /** Stops both and deletes the broker's data. */
  stop(): Promise<void>;
}

/** @param name names the broker's log file and its ports; each test file has its own */
export async function startProxiedKafka(name: string): Promise<ProxiedKafka> {
  const folder = await mkdtemp(join(tmpdir(), `${name}-`));
  const [hostPort, proxiedPort] = [await portFor(`${name}-host`), await portFor(`${name}-proxied`)];
  const options = {
    name,
    version: KAFKA_VERSION,
    nodes: 1,
    folder,
    ports: [hostPort, proxiedPort, await portFor(`${name}-controller`)],
    // The listener that pods have elsewhere is the proxy's here.
    podsHost: '127.0.0.1',
    heapMegabytes: 512,
  };
  const [server] = await kafkaServers(options);
  if (server === undefined) throw new StackError(`No broker was prepared for ${name}.`);
  const proxy = await Proxy.open(proxiedPort);
  // The last value of a property counts.
  const advertised = `HOST://127.0.0.1:${hostPort},PODS://127.0.0.1:${proxy.port}`;
  await appendFile(join(folder, 'node-1.properties'), `advertised.listeners=${advertised}\n`);
  const running = await launch(server);
  // The broker is no child of this process: without this it would outlive a test file that ends before its `stop`.
  const kill = (): void => signal(running, 'SIGKILL');
  process.once('exit', kill);
  const stop = async (): Promise<void> => {
    proxy.close();
    await terminate(server, running);
    process.off('exit', kill);
    await rm(folder, { recursive: true });
  };
  try {
    await untilReady(server, running);
  } catch (error) {
    await stop();
    throw error;
  }
  return { direct: hostBootstrap(options), proxied: `127.0.0.1:${proxy.port}`, proxy, stop };
}
