import { createSocket, type Socket } from 'node:dgram';
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { CollectorError, errorMessage } from '../../../lib/errors.ts';
import type { BurstMember, Bursts } from './bursts.ts';

const RECEIVE_BUFFER_BYTES = 1 << 20;

/**
 * One UDP socket to one device, connected, so that the kernel drops datagrams from any other address or port. Where that
 * can be, datagrams are read and sent in bursts with those of other devices.
 */
export class DeviceSocket {
  private constructor(
    private readonly socket: Socket,
    private readonly bursts: Bursts | null,
    /** The socket's number where it is in bursts. */
    private readonly descriptor: number,
  ) {}

  /** @throws CollectorError `unreachable` where the name does not resolve or the address has no route */
  static async open(host: string, port: number, bursts: Bursts | null, member: BurstMember): Promise<DeviceSocket> {
    const address = isIP(host) > 0 ? host : await resolveHost(host);
    const family = isIP(address) === 6 ? 6 : 4;
    const socket = createSocket({ type: `udp${family}` });
    const descriptor = bursts?.bind(socket, family) ?? null;
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject);
      socket.connect(port, address, () => {
        socket.off('error', reject);
        resolve();
      });
    }).catch((error: unknown) => {
      socket.close();
      throw new CollectorError('unreachable', `cannot reach ${host}:${port}: ${errorMessage(error)}`, { cause: error });
    });
    growReceiveBuffer(socket);
    socket.on('error', (error) => member.socketFailed(error));
    if (bursts !== null && descriptor !== null && bursts.join(descriptor, member)) {
      socket.on('message', (datagram) => {
        member.received(datagram);
        bursts.drain();
      });
      return new DeviceSocket(socket, bursts, descriptor);
    }
    socket.on('message', (datagram) => member.received(datagram));
    return new DeviceSocket(socket, null, -1);
  }

  send(datagram: Buffer): void {
    if (this.bursts === null || !this.bursts.send(this.descriptor, datagram)) this.socket.send(datagram);
  }

  close(): void {
    this.bursts?.leave(this.descriptor);
    this.socket.removeAllListeners();
    // A socket that is being closed may still emit an error; nobody needs to hear it.
    this.socket.on('error', () => {});
    this.socket.close();
  }
}

async function resolveHost(host: string): Promise<string> {
  try {
    return (await lookup(host)).address;
  } catch (error) {
    throw new CollectorError('unreachable', `the name ${host} does not resolve: check the target's address`, {
      cause: error,
    });
  }
}

/** A burst of large answers must fit; the kernel may grant less, which only costs retries. */
function growReceiveBuffer(socket: Socket): void {
  try {
    socket.setRecvBufferSize(RECEIVE_BUFFER_BYTES);
  } catch {
    // Not permitted here: the default size works, with more retries under load.
    return;
  }
}
