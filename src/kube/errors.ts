/** A refusal by the API server, with its own sentence. */
export class KubeError extends Error {
  /** HTTP status. */
  readonly code: number;
  /** The API server's word for it: `NotFound`, `Expired`, `Invalid`, `Forbidden`, … */
  readonly reason: string;
  /** How long the server asks to wait before the next try. */
  readonly retryAfterMs: number | undefined;

  constructor(code: number, reason: string, message: string, retryAfterMs?: number) {
    super(message);
    this.name = 'KubeError';
    this.code = code;
    this.reason = reason;
    this.retryAfterMs = retryAfterMs;
  }
}

/** Somebody else was first: the object exists already, was changed since it was read, or is another incarnation. */
export class KubeConflict extends KubeError {
  constructor(reason: string, message: string) {
    super(409, reason, message);
    this.name = 'KubeConflict';
  }
}

/** The API server gave no answer: refused, timed out, connection lost. Whether a write took place is not known. */
export class KubeUnreachable extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'KubeUnreachable';
  }
}

/** The resource version or the page token is older than what the server remembers: list again. */
export function isExpired(error: unknown): boolean {
  return error instanceof KubeError && (error.code === 410 || error.reason === 'Expired');
}

/** The object as it is, or what is around it (a quota, an admission policy, a permission), must change before it is taken. */
export function isRefusal(error: unknown): error is KubeError {
  return error instanceof KubeError && [400, 403, 413, 422].includes(error.code);
}

export function isForbidden(error: unknown): boolean {
  return error instanceof KubeError && error.code === 403;
}

export function isNotFound(error: unknown): boolean {
  return error instanceof KubeError && error.code === 404;
}

/** An error's message with those of its causes, for a log line. */
export function inWords(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined ? error.message : `${error.message}: ${inWords(error.cause)}`;
}
