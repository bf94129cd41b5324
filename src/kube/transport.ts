import type { KubeConfig } from '@kubernetes/client-node';
import http from 'node:http';
import https from 'node:https';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { KubeConflict, KubeError, KubeUnreachable } from './errors.ts';

/** One request to the API server. */
export interface Call {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Path below the server's address, starting with a slash. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  readonly body?: unknown;
  /** Media type of the body. Default `application/json`. */
  readonly contentType?: string;
  readonly signal?: AbortSignal | undefined;
}

/** How long a plain request may take, milliseconds; client-go's usual value for calls that are no watch. */
const requestTimeoutMs = 30_000;

/**
 * JSON over HTTPS with the addresses, certificates and tokens of a kubeconfig. They are read anew for each request, so that
 * rotated ones are taken; connections are kept.
 */
export class Transport {
  readonly #config: KubeConfig;
  readonly #agent = new https.Agent({ keepAlive: true, keepAliveMsecs: 30_000 });

  constructor(config: KubeConfig) {
    this.#config = config;
  }

  /** The answer's JSON. Throws KubeError, KubeConflict, KubeUnreachable, or the signal's reason. */
  async json(call: Call): Promise<unknown> {
    const timeout = AbortSignal.timeout(requestTimeoutMs);
    const signal = call.signal === undefined ? timeout : AbortSignal.any([call.signal, timeout]);
    try {
      return parseJson(await textOf(await this.#send(call, signal)));
    } catch (error) {
      throw this.#named(error, call);
    }
  }

  /** The lines of an answer without an end, as they come. Ends when the server ends it. Throws as `json` does. */
  async *lines(call: Call): AsyncGenerator<string> {
    const headersTimeout = new AbortController();
    const timer = setTimeout(() => headersTimeout.abort(new Error('no answer in time')), requestTimeoutMs);
    const signal =
      call.signal === undefined ? headersTimeout.signal : AbortSignal.any([call.signal, headersTimeout.signal]);
    try {
      const response = await this.#send(call, signal);
      clearTimeout(timer);
      yield* linesOf(response);
    } catch (error) {
      throw this.#named(error, call);
    } finally {
      clearTimeout(timer);
    }
  }

  async #send(call: Call, signal: AbortSignal): Promise<http.IncomingMessage> {
    const cluster = this.#config.getCurrentCluster();
    if (cluster === null) throw new KubeUnreachable('The kubeconfig has no current context that names a cluster.');
    const url = new URL(cluster.server.replace(/\/$/, '') + call.path);
    for (const [name, value] of Object.entries(call.query ?? {})) {
      if (value !== undefined) url.searchParams.set(name, String(value));
    }
    // The kubeconfig adds its credentials to this object.
    const headers: http.OutgoingHttpHeaders = { accept: 'application/json' };
    const options: https.RequestOptions = { method: call.method, signal, headers };
    await this.#config.applyToHTTPSOptions(options);
    // Its own agent makes a connection per request; it is only needed to get through a proxy.
    if (cluster.proxyUrl === undefined && url.protocol === 'https:') options.agent = this.#agent;
    const body = call.body === undefined ? undefined : JSON.stringify(call.body);
    if (body !== undefined) {
      headers['content-type'] = call.contentType ?? 'application/json';
      headers['content-length'] = Buffer.byteLength(body);
    }
    signal.throwIfAborted();
    const response = await responseTo(url, options, body);
    if ((response.statusCode ?? 0) < 400) return response;
    throw refusal(response, await textOf(response));
  }

  #named(error: unknown, call: Call): unknown {
    if (call.signal?.aborted === true) return call.signal.reason;
    if (error instanceof KubeError || error instanceof KubeUnreachable) return error;
    const server = this.#config.getCurrentCluster()?.server ?? 'the API server';
    return new KubeUnreachable(`No answer from ${server} to ${call.method} ${call.path}`, { cause: error });
  }
}

function responseTo(url: URL, options: https.RequestOptions, body?: string): Promise<http.IncomingMessage> {
  return new Promise((resolve, reject) => {
    const request = (url.protocol === 'https:' ? https : http).request(url, options, resolve);
    request.on('error', reject);
    request.end(body);
  });
}

async function textOf(response: http.IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(z.instanceof(Buffer).parse(chunk));
  return Buffer.concat(chunks).toString('utf8');
}

async function* linesOf(response: http.IncomingMessage): AsyncGenerator<string> {
  try {
    // `readline` hides a connection that breaks off, so the stream's own error is looked at behind it.
    let broken: Error | undefined;
    response.on('error', (error) => (broken = error));
    for await (const line of createInterface({ input: response, crlfDelay: Infinity })) yield line;
    if (broken !== undefined) throw broken;
  } finally {
    response.destroy();
  }
}

function parseJson(text: string): unknown {
  return JSON.parse(text);
}

const status = z.object({
  kind: z.literal('Status'),
  reason: z.string().default(''),
  message: z.string().default(''),
  details: z.object({ retryAfterSeconds: z.number().optional() }).optional(),
});

function refusal(response: http.IncomingMessage, text: string): KubeError {
  const code = response.statusCode ?? 0;
  const retryAfter = Number(response.headers['retry-after']);
  const retryAfterMs = Number.isFinite(retryAfter) ? retryAfter * 1000 : undefined;
  return refusalOf(text, code, retryAfterMs);
}

/** The error for a `Status` object; any other text is quoted as it is. */
export function refusalOf(text: string, code: number, retryAfterMs?: number): KubeError {
  let json: unknown;
  try {
    json = parseJson(text);
  } catch {
    json = undefined;
  }
  const parsed = status.safeParse(json);
  const reason = parsed.success ? parsed.data.reason : '';
  const message = parsed.success ? parsed.data.message : text.slice(0, 500);
  return code === 409 ? new KubeConflict(reason, message) : new KubeError(code, reason, message, retryAfterMs);
}
