import { agrees, type Approval } from '../model/holds.ts';
import { RekindleError } from '../model/reasons.ts';
import type { Report } from '../model/report.ts';

/**
 * Goes on only with what a person has agreed to. That stands in the report until the target is prepared, for these very
 * words: an approval answers one hold, and the next that is come upon takes its place.
 * @throws RekindleError with the reason of the hold
 */
export function assertAgreed(report: Report, approved: Approval | null, { reason, message }: Approval): void {
  if (report.agreed.some((before) => before.reason === reason && before.message === message)) return;
  if (!agrees(approved, reason, message)) throw new RekindleError(reason, message);
  report.agreed = [...report.agreed.filter((before) => before.reason !== reason), { reason, message }];
}
