import { InvalidArgumentError } from 'commander';

/** Parses repeated `name=value` options. */
export function parseProperty(text: string, before: Record<string, string> = {}): Record<string, string> {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError(`${text}: expected name=value`);
  return { ...before, [text.slice(0, at)]: text.slice(at + 1) };
}

/** Parses topic names, comma-separated; each counts once. */
export function parseTopics(text: string): string[] {
  const topics = text.split(',').map((topic) => topic.trim());
  if (topics.includes('')) throw new InvalidArgumentError(`${text}: expected topic names, comma-separated`);
  return [...new Set(topics)];
}
