import { once } from 'node:events';
import { connect, createServer, type Server } from 'node:net';
import { unusedPort } from '../../deploy/dev/ports.ts';

/**
 * An address in the pods' network at which nobody answers until `begin`: then it leads to a server of the stack.
 * @param to `host:port` of that server
 */
export async function lateServer(
  to: string,
): Promise<{ address: string; begin: () => Promise<void>; end: () => void }> {
  const { hostname, port: toPort } = new URL(`tcp://${to}`);
  const port = await unusedPort();
  let server: Server | undefined;
  return {
    address: `${hostname}:${port}`,
    begin: async () => {
      server = createServer((client) => {
        const upstream = connect(Number(toPort), hostname);
        for (const [socket, other] of [
          [client, upstream],
          [upstream, client],
        ] as const) {
          socket.pipe(other);
          socket.on('error', () => other.destroy());
          socket.on('close', () => other.destroy());
        }
      });
      server.listen(port, hostname);
      await once(server, 'listening');
    },
    end: () => server?.close(),
  };
}
