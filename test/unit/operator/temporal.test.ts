// Why there is no connection to Temporal is said in the words of whoever knows it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TemporalGateway } from '../../../src/operator/temporal.ts';

const restore = { namespace: 'ns', name: 'orders', uid: 'u' };

/** What a Restore is told while the last connection has ended with this. */
const told = (trouble: unknown): Promise<unknown> =>
  new TemporalGateway({
    ...{ connection: () => null, trouble: () => trouble },
    ...{ address: 'temporal:7233', namespace: 'default', taskQueue: 'q' },
  })
    .describe(restore)
    .catch((error: unknown) => error);

const notFound =
  'Namespace prod was not found or otherwise could not be described: Status { code: NotFound, message: "Namespace prod is not found.", metadata: MetadataMap { headers: {"content-type": "application/grpc"} }, source: None }';
const dns =
  'tonic::transport::Error(Transport, ConnectError(ConnectError("dns error", Custom { kind: Uncategorized, error: "failed to lookup address information: Name or service not known" })))';

const cases: readonly [string, unknown, string][] = [
  ['nothing has failed yet', null, ''],
  ['a namespace that nobody has made', new Error(notFound), ': Namespace prod is not found'],
  ['a name that nobody knows', new Error(dns), ': failed to lookup address information: Name or service not known'],
  ['what has no sentence in it', new Error('transport error'), ': transport error'],
];
for (const [what, trouble, why] of cases) {
  test(`no connection: ${what}`, async () => {
    const message = `There is no connection to Temporal at temporal:7233${why}.`;
    const { reason, message: said } = (await told(trouble)) as { reason?: string; message?: string };
    assert.deepEqual({ reason, said }, { reason: 'TemporalUnreachable', said: message });
  });
}
