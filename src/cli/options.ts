import { InvalidArgumentError } from 'commander';

/** Parses repeated `name=value` options. */
export function parseProperty(text: string, before: Record<string, string> = {}): Record<string, string> {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError(`${text}: expected name=value`);
  return { ...before, [text.slice(0, at)]: text.slice(at + 1) };
}
