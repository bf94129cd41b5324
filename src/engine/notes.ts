import type { Journal } from './journal.ts';

/** Milliseconds between two writes of acknowledged positions. */
const EVERY_MS = 1_000;

/** Bytes acknowledged since the last note that are worth one of their own. */
const EVERY_BYTES = 256 * 1024 * 1024;

/** How often it is looked whether one of the two is reached, milliseconds. */
const LOOK_EVERY_MS = 100;

/**
 * Writes acknowledged positions into the report while batches are being sent. They bound what a takeover must read: at
 * most what was acknowledged within a second, or 256 MiB.
 */
export class Notes {
  private readonly journal: Journal;
  private readonly acknowledgedBytes: () => number;
  private readonly onFailure: () => void;
  private readonly timer: NodeJS.Timeout;
  private noted: { at: number; bytes: number };
  /** Why a note could not be written: RekindleError `ReportUnwritable`, `ReportTakenOver`; null while all could. */
  failure: Error | null = null;

  /** @param onFailure a note could not be written */
  constructor(journal: Journal, acknowledgedBytes: () => number, onFailure: () => void) {
    this.journal = journal;
    this.acknowledgedBytes = acknowledgedBytes;
    this.onFailure = onFailure;
    this.noted = { at: performance.now(), bytes: acknowledgedBytes() };
    this.timer = setInterval(() => void this.look(), LOOK_EVERY_MS);
  }

  end(): void {
    clearInterval(this.timer);
  }

  private async look(): Promise<void> {
    const now = { at: performance.now(), bytes: this.acknowledgedBytes() };
    if (now.at - this.noted.at < EVERY_MS && now.bytes - this.noted.bytes < EVERY_BYTES) return;
    this.noted = now;
    try {
      await this.journal.stillOurs();
      await this.journal.write();
    } catch (error) {
      this.failure ??= error instanceof Error ? error : new Error(String(error));
      this.onFailure();
    }
  }
}
