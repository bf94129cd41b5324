// The node runs where there is neither systemd nor cgroup v2, and lets nobody in without credentials.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { containerdConfig, kubeletConfig, networkConfig } from '../../../deploy/dev/kube/node-config.ts';
import { z } from 'zod';

test('pods get addresses of the bridge, and nothing leaves this machine in its name', () => {
  const config = z
    .object({ plugins: z.tuple([z.object({ bridge: z.string(), ipMasq: z.boolean(), ipam: z.unknown() })]) })
    .parse(JSON.parse(networkConfig({ name: 'rekindle0', subnet: '10.213.0.0/24' }, '/addresses')));
  const [plugin] = config.plugins;
  assert.equal(plugin.bridge, 'rekindle0');
  assert.equal(plugin.ipMasq, false);
  assert.deepEqual(plugin.ipam, {
    type: 'host-local',
    dataDir: '/addresses',
    ranges: [[{ subnet: '10.213.0.0/24' }]],
    routes: [{ dst: '0.0.0.0/0' }],
  });
});

test('containerd keeps to its own folders and starts pods with our pause image', () => {
  const paths = { root: '/r', state: '/s', socket: '/c.sock', networkFolder: '/n', pauseImage: 'localhost/pause:1' };
  const config = containerdConfig(paths);
  for (const line of [
    'root = "/r"',
    'state = "/s"',
    'address = "/c.sock"',
    'conf_dir = "/n"',
    'SystemdCgroup = false',
  ]) {
    assert.ok(config.includes(line), line);
  }
  assert.match(config, /sandbox_image = "localhost\/pause:1"/);
  assert.match(config, /restrict_oom_score_adj = true/);
});

test('the kubelet asks the API server who may do what, and trusts one client certificate', () => {
  const config = kubeletConfig({
    address: '10.213.0.1',
    port: 1,
    healthPort: 2,
    containerdSocket: '/c.sock',
    cgroup: '/own',
    clientCertificate: '/client.crt',
    folder: '/kubelet',
  });
  const { authentication, authorization } = z
    .object({ authentication: z.unknown(), authorization: z.unknown() })
    .parse(config);
  assert.deepEqual(authentication, {
    anonymous: { enabled: false },
    webhook: { enabled: true },
    x509: { clientCAFile: '/client.crt' },
  });
  assert.deepEqual(authorization, { mode: 'Webhook' });
});
