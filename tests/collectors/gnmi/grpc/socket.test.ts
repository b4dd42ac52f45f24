import { expect, it } from 'vitest';
import { endpointOf } from '../../../../collectors/gnmi/grpc/socket.ts';

it.each([
  ['http://leaf1:9339', 'leaf1', 9339],
  ['https://leaf1:443', 'leaf1', 443],
  ['http://leaf1:443', 'leaf1', 443],
  ['http://leaf1:80', 'leaf1', 80],
  ['https://[2001:db8::1]:80', '2001:db8::1', 80],
  ['https://bücher.lab:6030', 'xn--bcher-kva.lab', 6030],
])('%s leads to %s, port %i', (url, host, port) => {
  expect(endpointOf(new URL(url))).toEqual({ host, port });
});
