/** What several measurements of the same thing came to. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** @throws Error when nothing was measured, or something that is no number */
export function spread(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (index: number): number => {
    const value = sorted[index];
    if (value === undefined || !Number.isFinite(value)) throw new Error(`not measured: ${values.join(', ')}`);
    return Math.round(value * 100) / 100;
  };
  return { median: at(Math.floor(sorted.length / 2)), min: at(0), max: at(sorted.length - 1) };
}
