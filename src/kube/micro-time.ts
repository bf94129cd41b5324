/** A moment with the six decimals that the API server demands of a MicroTime. */
export function microTime(now = new Date()): string {
  return now.toISOString().replace('Z', '000Z');
}
