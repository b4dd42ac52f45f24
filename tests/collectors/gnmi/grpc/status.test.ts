import { describe, expect, it } from 'vitest';
import { errorOfHttp, errorOfStatus } from '../../../../collectors/gnmi/grpc/status.ts';

describe('gRPC status', () => {
  it.each([
    [3, 'no%20such%20path', 'unsupported', 'INVALID_ARGUMENT: no such path'],
    [1, 'gone', 'unavailable', 'CANCELLED: gone'],
    [4, '', 'timeout', 'DEADLINE_EXCEEDED without a reason'],
    [8, 'x', 'too_large', 'RESOURCE_EXHAUSTED: x'],
    [12, 'not here', 'unsupported', 'UNIMPLEMENTED: not here'],
    [14, 'a%0Ab', 'unreachable', 'UNAVAILABLE: a b'],
    [16, '100%', 'unauthorized', 'UNAUTHENTICATED: 100%'],
    [99, 'new', 'unavailable', 'status 99: new'],
  ] as const)('%i is told by its name', (status, message, code, text) => {
    expect(errorOfStatus(String(status), message)).toMatchObject({ code, message: text });
  });

  it('a proxy in front of the device is told apart from it', () => {
    expect(errorOfHttp(503)).toMatchObject({ code: 'unavailable', message: 'HTTP 503 instead of an answer of gRPC' });
    expect(errorOfHttp(401).code).toBe('unauthorized');
    expect(errorOfHttp(418).code).toBe('unavailable');
  });
});
