import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ownedBy } from '../../../deploy/dev/kafka/log-folder.ts';

const owner = { clusterId: 'A-cluster', nodeId: 3 };

test('a folder of 4.1 is of another cluster and node, with an id of its own', () => {
  const meta =
    '#\n#Fri Nov 27 09:44:59 UTC 2026\nnode.id=1\ndirectory.id=hC29E6Ieu-f5yRrW4cxPMg\nversion=1\ncluster.id=AS\n';
  const [one, other] = [ownedBy(meta, owner), ownedBy(meta, owner)];
  assert.match(one, /^node\.id=3\ndirectory\.id=A[\w-]{21}\nversion=1\ncluster\.id=A-cluster\n$/m);
  assert.notEqual(one, other);
});

test('folders of 3.5 have no id', () => {
  assert.equal(ownedBy('version=1\ncluster.id=A\nnode.id=1\n', owner), 'version=1\ncluster.id=A-cluster\nnode.id=3\n');
});
