import { RekindleError, type Reason } from '../model/reasons.ts';

/** A place in an archive, as precise as it is known. */
export interface Place {
  readonly topic: string;
  readonly generation: string;
  readonly partition: number;
  /** File name below the partition's folder. */
  readonly object: string;
  /** Source offset. */
  readonly offset?: number;
}

/** What is wrong with an object of the archive, and where: never guessed around. */
export class ArchiveDamage extends RekindleError {
  readonly place: Place;
  /** What is wrong, without the place. */
  readonly finding: string;

  constructor(reason: Extract<Reason, `Segment${string}` | 'IndexDamaged'>, place: Place, finding: string) {
    const offset = place.offset === undefined ? '' : `, source offset ${place.offset}`;
    super(
      reason,
      `Topic ${place.topic}, partition ${place.partition}, ${place.object} of generation ${place.generation}${offset}: ${finding}. Bring it back from a copy of the archive (rekindle archive verify lists all damage).`,
    );
    this.place = place;
    this.finding = finding;
  }
}
