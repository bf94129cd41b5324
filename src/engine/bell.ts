/** Wakes one sleeper when something may have changed, also if that was before it lay down. */
export class Bell {
  private rung = false;
  private wake: (() => void) | null = null;

  readonly ring = (): void => {
    this.rung = true;
    this.wake?.();
  };

  /** Resolves at once if it has rung since the last time. One caller at a time. */
  async rest(): Promise<void> {
    if (!this.rung) await new Promise<void>((resolve) => (this.wake = resolve));
    this.wake = null;
    this.rung = false;
  }
}
