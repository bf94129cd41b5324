/** FNV-1a of 64 bits: offset basis and prime as in draft-eastlake-fnv, section 5. */
const basis = 0xcbf29ce484222325n;
const prime = 0x100000001b3n;

/**
 * A short name for plain JSON: the same for the same content, whatever the order of its keys. It tells pictures apart; it
 * protects against nobody.
 */
export function hashOf(value: unknown): string {
  let hash = basis;
  for (const byte of new TextEncoder().encode(canonical(value))) {
    hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * prime);
  }
  return hash.toString(16).padStart(16, '0');
}

/** JSON with the keys of every object in order. */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value ?? null);
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, member]) => `${JSON.stringify(key)}:${canonical(member)}`);
  return `{${members.join(',')}}`;
}
