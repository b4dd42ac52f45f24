import { createSocket, type Socket } from 'node:dgram';
import { describe, expect, it } from 'vitest';
import { Bursts, openBursts } from '../../../../collectors/snmp/wire/bursts.ts';

const here = process.platform === 'linux';

async function opened(bursts: Bursts): Promise<{ socket: Socket; descriptor: number; port: number }> {
  const socket = createSocket('udp4');
  const descriptor = bursts.bind(socket, 4)!;
  const peer = createSocket('udp4');
  await new Promise<void>((resolve) => peer.bind(0, '127.0.0.1', resolve));
  const { port } = peer.address();
  peer.close();
  await new Promise<void>((resolve) => socket.connect(port, '127.0.0.1', () => resolve()));
  return { socket, descriptor, port };
}

describe.skipIf(!here)('datagrams in bursts', () => {
  it('reads what came for every member in one go, and nothing for one that has left', async () => {
    const bursts = (await openBursts())!;
    const receiver = await opened(bursts);
    const heard: string[] = [];
    const member = {
      received: (datagram: Buffer) => void heard.push(datagram.toString()),
      socketFailed: (error: Error) => void heard.push(error.message),
    };
    expect(bursts.join(receiver.descriptor, member)).toBe(true);
    const sender = createSocket('udp4');
    await new Promise<void>((resolve) => sender.bind(receiver.port, '127.0.0.1', resolve));
    const send = (text: string): Promise<void> =>
      new Promise((resolve) => sender.send(text, receiver.socket.address().port, '127.0.0.1', () => resolve()));
    await send('one');
    await send('two');
    bursts.drain();
    expect(heard).toEqual(['one', 'two']);
    bursts.leave(receiver.descriptor);
    await send('three');
    bursts.drain();
    expect(heard).toEqual(['one', 'two']);
    sender.close();
    receiver.socket.close();
  });

  it('tells a member by name why its socket failed, once', async () => {
    const bursts = (await openBursts())!;
    const { socket, descriptor } = await opened(bursts);
    socket.on('error', () => {});
    const failures: unknown[] = [];
    const member = { received: () => {}, socketFailed: (error: Error) => void failures.push(error) };
    bursts.join(descriptor, member);
    // Nobody listens on that port: the kernel says so with the next call.
    expect(bursts.send(descriptor, Buffer.from('x'))).toBe(true);
    bursts.drain();
    bursts.drain();
    expect(failures).toMatchObject([{ code: 'ECONNREFUSED' }]);
    bursts.leave(descriptor);
    socket.close();
  });

  it('lets a socket find its own descriptor where the kernel gives none', () => {
    const calls = { epollCreate: () => 1, socket: () => -1 };
    const bursts = new Bursts(calls as unknown as ConstructorParameters<typeof Bursts>[0]);
    expect(bursts.bind(createSocket('udp4'), 4)).toBeNull();
  });

  it('closes a descriptor that the socket does not take', () => {
    const closed: number[] = [];
    const calls = {
      epollCreate: () => 1,
      socket: () => 123_456,
      close: (descriptor: number) => closed.push(descriptor),
    };
    const bursts = new Bursts(calls as unknown as ConstructorParameters<typeof Bursts>[0]);
    expect(bursts.bind(createSocket('udp4'), 4)).toBeNull();
    expect(closed).toEqual([123_456]);
  });
});
