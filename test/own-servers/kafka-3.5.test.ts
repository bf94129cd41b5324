// On a broker whose leaders do not ask the coordinator before they append (before 3.6), a killed restore goes on as
// exactly, and the same protocol fences the process before it.
import { after } from 'node:test';
import { KAFKA_BEFORE_3_6 } from '../support/kafka.ts';
import { startProxiedKafka } from '../support/proxied-kafka.ts';

const kafka = await startProxiedKafka({ name: 'kafka-3.5', version: KAFKA_BEFORE_3_6 });
after(() => kafka.stop());
process.env['KAFKA_BOOTSTRAP_SERVERS'] = kafka.direct;

await import('../integration/engine/kill.test.ts');
await import('../integration/kafka/transactions.test.ts');
