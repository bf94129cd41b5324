// Keeps what really happened: node test/support/record-histories.ts <name> <visibility query>
// Saves the history of every execution of the local stack's Temporal that the query finds, for the replay test, as protocol buffers.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import proto from '@temporalio/proto';
import { readStack } from '../../deploy/dev/state.ts';

const [name, query] = process.argv.slice(2);
if (name === undefined || query === undefined) throw new Error('Give a name and a query.');

const folder = join(import.meta.dirname, '../unit/histories');
const { temporal } = readStack('temporal');
const connection = await Connection.connect({ address: temporal.address.host });
const client = new Client({ connection, namespace: temporal.namespace });
await mkdir(folder, { recursive: true });
let number = 0;
for await (const { workflowId, runId } of client.workflow.list({ query })) {
  const history = await client.workflow.getHandle(workflowId, runId).fetchHistory();
  await writeFile(
    join(folder, `${name}-${++number}.binpb`),
    proto.temporal.api.history.v1.History.encode(history).finish(),
  );
}
console.log(`${number} histories`);
await connection.close();
