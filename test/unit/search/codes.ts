/** A small number for each word, the same one every time. */
const codes = new Map<string, number>();

export function code(word: string): number {
  let known = codes.get(word);
  if (known === undefined) codes.set(word, (known = codes.size + 1));
  return known;
}
