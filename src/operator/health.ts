import { createServer } from 'node:http';
import type { Server } from 'node:http';

/**
 * `/healthz`: the process answers. `/readyz`: it does its part, as leader or as a stand-by. Port 0 takes any.
 */
export function serveHealth(port: number, isReady: () => boolean): Server {
  const server = createServer((request, response) => {
    const known = request.url === '/healthz' || request.url === '/readyz';
    const ok = request.url === '/healthz' || isReady();
    response.writeHead(known ? (ok ? 200 : 503) : 404, { 'content-type': 'text/plain' });
    response.end(known ? (ok ? 'ok\n' : 'not ready\n') : 'not found\n');
  });
  return server.listen(port);
}
