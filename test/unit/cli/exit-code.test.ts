// A command exits with 3 where it is only to be run again, and with 1 where a person must act before.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exitCodeOf } from '../../../src/cli/exit-code.ts';
import { reasons, type Consequence, type Reason } from '../../../src/model/reasons.ts';

const codes: Readonly<Record<Consequence, 1 | 3>> = { waiting: 3, stopped: 3, refused: 1, failed: 1, held: 1 };

for (const [consequence, code] of Object.entries(codes)) {
  test(`${consequence}: ${code}`, () => {
    const names = Object.keys(reasons) as Reason[];
    const of = names.filter((reason) => reasons[reason] === consequence);
    assert.ok(of.length > 0);
    for (const reason of of) assert.equal(exitCodeOf({ reason }), code, reason);
  });
}

for (const [reason, code] of [
  ['StorageUnreachable', 3],
  ['ReportUnwritable', 3],
  ['KafkaUnreachable', 3],
  ['Cancelled', 3],
  ['ReportTakenOver', 3],
  ['ReportDamaged', 1],
  ['TargetTruncated', 1],
  ['InvalidConfiguration', 1],
] as const) {
  test(`${reason}: ${code}`, () => assert.equal(exitCodeOf({ reason }), code));
}
