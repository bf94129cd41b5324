import assert from 'node:assert/strict';
import type { Reason } from '../../src/model/reasons.ts';
import type { Report } from '../../src/model/report.ts';

/** In each topic one partition stands still for this reason before its end, and all others have every record of their plan. */
export function assertOthersFinished(report: Report, reason: Reason): void {
  for (const { target, partitions } of report.plan) {
    const reached = report.topics.find((topic) => topic.target === target)?.partitions ?? [];
    const standing = reached.filter(({ error }) => error !== null);
    assert.deepEqual(
      standing.map(({ error }) => error?.reason),
      [reason],
      target,
    );
    for (const { partition, records } of partitions) {
      const of = reached.find((each) => each.partition === partition);
      const where = `${target}/${partition}: ${of?.committed} of ${records} records`;
      if (of?.error == null) assert.deepEqual([of?.acknowledged, of?.committed], [records, records], where);
      else assert.ok(of.acknowledged < records, where);
    }
    assert.ok(partitions.length > standing.length, `${target} has no other partition`);
  }
}
