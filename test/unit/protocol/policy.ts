/**
 * What a writer does where doing otherwise would be wrong. The mutants are other policies of the same writer.
 */
export interface Policy {
  /** Takeover: it looks whether its report is still the newest, after it was told who holds the transactional id. */
  readonly looksAfterHolder: boolean;
  /** Takeover: it looks again, between the bump and its first record. */
  readonly looksAfterBump: boolean;
  /** It looks between the decision what to purge and the purge. */
  readonly looksBeforePurge: boolean;
  /** Takeover: what lies in the log is committed before the epoch is bumped. */
  readonly commitsBeforeBump: boolean;
  /** Takeover: how the transaction of the writer before is ended. */
  readonly endsBy: 'commit' | 'abort';
  /**
   * Takeover: after whom it commits an empty transaction over the partition, whose marker carries the new epoch to its
   * leader. Holders are all who took the target over before, on record or not.
   */
  readonly fences: 'holders' | 'writers on record' | 'nobody';
  /** Takeover: how far the log is read, and whether it waits until that is replicated. */
  readonly scansTo: 'leader end' | 'high watermark';
  /** Takeover: the first marker behind the last batch on record says what became of it, whatever the report says. */
  readonly readsMarkerOfLast: boolean;
  /** What stands in the log is compared with the plan byte by byte, not by place and sequence alone. */
  readonly comparesCrc: boolean;
  /** Leader epochs are looked at: that of the last batch on record in a takeover, and after every commit. */
  readonly looksAtLeader: boolean;
  /** Takeover: a look that is interrupted begins anew, if it was at records of which the report does not say whose they are. */
  readonly doubts: boolean;
  /** A purge after an abort stands in the report before it is done. */
  readonly notesPurge: boolean;
  /** After a start from zero, records have another epoch than those that were purged. */
  readonly bumpsAfterPurge: boolean;
  /** Session: the first batch of a transaction travels alone. */
  readonly firstAlone: boolean;
  /** Session: positions are written as committed once they are. */
  readonly checkpointsAfterCommit: boolean;
  /** Proof: the first marker behind the last batch is a commit. */
  readonly looksAtMarker: boolean;
}

/** The protocol as it is to be. */
export const protocol: Policy = {
  looksAfterHolder: true,
  looksAfterBump: true,
  looksBeforePurge: true,
  commitsBeforeBump: true,
  endsBy: 'commit',
  fences: 'holders',
  scansTo: 'leader end',
  readsMarkerOfLast: true,
  comparesCrc: true,
  looksAtLeader: true,
  doubts: true,
  notesPurge: true,
  bumpsAfterPurge: true,
  firstAlone: true,
  checkpointsAfterCommit: true,
  looksAtMarker: true,
};
