// A broker of the local stack is open to this machine and to pods only, and every node knows all the others.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { serverProperties } from '../../../deploy/dev/kafka/server-properties.ts';

const node = (id: number) => ({
  id,
  logFolder: `/data/node-${id}`,
  hostPort: 100 + id,
  podsPort: 200 + id,
  controllerPort: 300 + id,
});

function parsed(...args: Parameters<typeof serverProperties>): Map<string, string> {
  const lines = serverProperties(...args)
    .trimEnd()
    .split('\n');
  return new Map(lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]));
}

test('one listener on loopback, one on the address for pods, each advertised as it is bound', () => {
  const properties = parsed(node(1), [node(1)], '10.213.0.1');
  assert.equal(properties.get('listeners'), 'HOST://127.0.0.1:101,PODS://10.213.0.1:201,CONTROLLER://127.0.0.1:301');
  assert.equal(properties.get('advertised.listeners'), 'HOST://127.0.0.1:101,PODS://10.213.0.1:201');
});

test('without pods there is no listener for them', () => {
  assert.equal(parsed(node(1), [node(1)]).get('advertised.listeners'), 'HOST://127.0.0.1:101');
});

test('three nodes vote with each other and keep three copies; one node keeps one', () => {
  const nodes = [node(1), node(2), node(3)];
  const properties = parsed(node(2), nodes);
  assert.equal(properties.get('node.id'), '2');
  assert.equal(properties.get('controller.quorum.voters'), '1@127.0.0.1:301,2@127.0.0.1:302,3@127.0.0.1:303');
  assert.equal(properties.get('transaction.state.log.replication.factor'), '3');
  assert.equal(properties.get('transaction.state.log.min.isr'), '2');
  assert.equal(parsed(node(1), [node(1)]).get('transaction.state.log.replication.factor'), '1');
});

test('the broker forgets idle producers, and ends transactions whose time is up, as soon as it may', () => {
  const properties = parsed(node(1), [node(1)]);
  assert.equal(properties.get('producer.id.expiration.check.interval.ms'), '1000');
  assert.equal(properties.get('transaction.abort.timed.out.transaction.cleanup.interval.ms'), '1000');
});
