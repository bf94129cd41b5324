/** Killed half-way, all batches so far in one transaction, with records of others before them. */
export const KILLED_AMONG_OTHERS = 17_698;

/** Played in `npm test`: every kind of misfortune, and of the scenarios with them the short ones. */
export const fixedSeeds = [
  ...[9000, 9007, 9009, 9013, 9018, 9019, 9026, 9035, 9037, 9038],
  ...[9047, 9049, 9053, 9054, 9081, 9121, 9189, 9238, 10_766, KILLED_AMONG_OTHERS],
];
