/** What stops the local stack, as one line for the person at the terminal: what is wrong and what to do. */
export class StackError extends Error {
  override readonly name = 'StackError';
}
