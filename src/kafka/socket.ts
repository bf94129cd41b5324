import net from 'node:net';
import tls from 'node:tls';

/** Silence after which the operating system asks whether the peer is still there, in ms. */
const KEEP_ALIVE_AFTER_MS = 30_000;

/** A connection to a broker, with or without TLS. */
export interface BrokerSocket {
  /** What requests are written to. */
  readonly stream: net.Socket;
  readonly encrypted: boolean;
  /**
   * Gives the connection up with a reset. `end()` would still deliver what the operating system has buffered, long
   * after somebody else took over, and a TLS stream cannot be reset, only what carries it.
   */
  reset(): void;
}

/** Bytes that are read from a socket at once, into a buffer that is used again: fresh ones cost more than the copy. */
const READ_BYTES = 256 * 1024;

/**
 * Opens a socket; `onConnect` is called once requests can be written. Errors come as events of the stream. Without TLS what
 * arrives comes to `onData`, as pieces that are only good until it returns; with TLS as events of the stream, as usual.
 */
export function openSocket(options: {
  host: string;
  port: number;
  ssl: tls.ConnectionOptions | null;
  onConnect: () => void;
  onData: (piece: Buffer) => void;
}): BrokerSocket {
  const { host, port, ssl, onConnect, onData } = options;
  const alive = { noDelay: true, keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE_AFTER_MS };
  const wire = net.connect({ host, port, ...alive, ...(ssl === null ? { onread: handingOver(onData) } : {}) });
  const reset = (): void => void wire.resetAndDestroy();
  if (ssl === null) {
    wire.once('connect', onConnect);
    return { stream: wire, encrypted: false, reset };
  }
  const servername = net.isIP(host) ? {} : { servername: host };
  const stream = tls.connect({ ...servername, ...ssl, host, socket: wire });
  stream.once('secureConnect', onConnect);
  return { stream, encrypted: true, reset };
}

/** Reads into one buffer, again and again. */
function handingOver(onData: (piece: Buffer) => void): net.OnReadOpts {
  return {
    buffer: Buffer.allocUnsafeSlow(READ_BYTES),
    callback: (bytes, into) => {
      onData(Buffer.from(into.buffer, into.byteOffset, bytes));
      return true;
    },
  };
}
