import { before, describe, test } from 'node:test';
import { e2eDataset, type Dataset } from '../e2e-data.ts';
import { dataOfInterruptions, survives, type Interruption } from './scenario.ts';

export interface Group {
  readonly what: string;
  /** How many Restores run at the same time. */
  readonly atOnce: number;
  readonly interruptions: readonly Interruption[];
  /** More tests that run among these. */
  readonly besides?: (data: () => Dataset) => void;
}

/** A test for each interruption, group after group, all on one data set. */
export function testInterruptions(groups: readonly Group[]): void {
  let data: Dataset;
  before(async () => {
    data = await e2eDataset(dataOfInterruptions);
  });
  for (const { what, atOnce, interruptions, besides } of groups) {
    describe(what, { concurrency: atOnce }, () => {
      for (const interruption of interruptions) {
        test(`${interruption.way}, ${interruption.at}`, () => survives(interruption, data));
      }
      besides?.(() => data);
    });
  }
}
