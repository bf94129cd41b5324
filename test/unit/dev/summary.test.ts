// At the end of `up` a person reads where everything is.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { summary } from '../../../deploy/dev/summary.ts';

test('each part that is there has its address for the host and for pods', () => {
  const text = summary({
    ports: {},
    servers: {},
    kafka: { bootstrap: { host: '127.0.0.1:1', pods: '10.213.0.1:1' } },
    temporal: {
      address: { host: '127.0.0.1:2', pods: '10.213.0.1:2' },
      namespace: 'default',
      ui: 'http://127.0.0.1:3',
      cli: 'temporal',
    },
    kubernetes: { kubeconfig: '/x/kubeconfig', kubectl: 'kubectl' },
  });
  const expected = ['127.0.0.1:1 ', '10.213.0.1:1', '10.213.0.1:2', 'http://127.0.0.1:3', 'KUBECONFIG=/x/kubeconfig'];
  for (const part of expected) assert.ok(text.includes(part), part);
  assert.doesNotMatch(text, /S3/);
});

test('before the first up it says how to begin', () => {
  assert.match(summary({ ports: {}, servers: {} }), /npm run stack -- up/);
});
