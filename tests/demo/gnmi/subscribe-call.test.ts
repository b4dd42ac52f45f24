import { EventEmitter } from 'node:events';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { SubscribeCall, type SubscribeStream } from '../../../demo/gnmi/subscribe-call.ts';
import { path } from '../../../demo/gnmi/tree.ts';
import { ProtoWriter } from '../../../lib/protobuf/writer.ts';

/** A gRPC call whose reader keeps up or does not. */
class FakeStream extends EventEmitter {
  readonly written: Buffer[] = [];
  keepsUp = true;
  write(message: Buffer): boolean {
    this.written.push(message);
    return this.keepsUp;
  }
  end(): void {}
}

/** SubscribeRequest for samples of `/a/b` every second, in PROTO. */
function request(): Buffer {
  const elem = (name: string) => new ProtoWriter().text(1, name);
  const subscription = new ProtoWriter()
    .message(1, new ProtoWriter().message(3, elem('a')).message(3, elem('b')))
    .uint(2, 2)
    .uint(3, 1_000_000_000);
  return new ProtoWriter().message(1, new ProtoWriter().message(2, subscription).uint(8, 2)).finish();
}

describe('a Subscribe call', () => {
  let stream: FakeStream;
  let call: SubscribeCall;
  let reads = 0;
  beforeEach(() => {
    vi.useFakeTimers();
    stream = new FakeStream();
    reads = 0;
    const leaf = { at: path('m:a', 'b'), value: () => BigInt(reads++) };
    call = new SubscribeCall(stream as unknown as SubscribeStream, { leaves: [leaf], refresh: () => 1 });
  });
  afterEach(() => {
    call.end();
    vi.useRealTimers();
  });

  it('sends a first set, a sync, and then a sample an interval', () => {
    call.take(request());
    expect(stream.written).toHaveLength(2);
    vi.advanceTimersByTime(3000);
    expect(stream.written).toHaveLength(5);
  });

  it('piles nothing up for a reader that is behind, and goes on when it has caught up', () => {
    stream.keepsUp = false;
    call.take(request());
    vi.advanceTimersByTime(60_000);
    expect(stream.written).toHaveLength(2);
    stream.keepsUp = true;
    stream.emit('drain');
    vi.advanceTimersByTime(2000);
    expect(stream.written).toHaveLength(4);
    expect(stream.listenerCount('drain')).toBe(0);
  });

  it('reads nothing any more when it is over, whatever still comes', () => {
    call.take(request());
    call.end();
    call.take(request());
    vi.advanceTimersByTime(10_000);
    expect([stream.written.length, reads]).toEqual([2, 1]);
  });
});
