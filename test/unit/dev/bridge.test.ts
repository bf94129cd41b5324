// The bridge of the local stack takes a name and a subnet that the machine does not use yet.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { freeBridge } from '../../../deploy/dev/bridge.ts';

const loopback = { ifname: 'lo', addr_info: [{ local: '127.0.0.1' }] };

test('on a machine without one it is the first', () => {
  assert.deepEqual(freeBridge([loopback]), { name: 'rekindle0', address: '10.213.0.1', subnet: '10.213.0.0/24' });
});

test('a name or a subnet in use is passed over', () => {
  const interfaces = [
    loopback,
    { ifname: 'rekindle0', addr_info: [] },
    { ifname: 'eth0', addr_info: [{ local: '10.213.1.77' }] },
  ];
  assert.equal(freeBridge(interfaces).subnet, '10.213.2.0/24');
});
