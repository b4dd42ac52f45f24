import type { Socket } from 'node:dgram';

/** Who owns a descriptor whose datagrams are read in bursts. */
export interface BurstMember {
  /** One datagram; its bytes are valid during the call only. */
  received(datagram: Buffer): void;
  /** The socket has failed. */
  socketFailed(error: Error): void;
}

/** @source Linux include/uapi/linux/eventpoll.h, include/linux/socket.h, include/uapi/asm-generic/fcntl.h */
const AF_INET = 2;
const AF_INET6 = 10;
const SOCK_DGRAM_NONBLOCK_CLOEXEC = 0x8_0802;
const EPOLL_CLOEXEC = 0x8_0000;
const EPOLL_CTL_ADD = 1;
const EPOLL_CTL_DEL = 2;
const EPOLLIN = 1;
const MSG_DONTWAIT = 0x40;
const MSG_NOSIGNAL = 0x4000;
/** struct epoll_event is packed on x64 only. */
const EVENT_BYTES = process.arch === 'x64' ? 12 : 16;
const DATA_AT = EVENT_BYTES - 8;
const MOST_EVENTS = 64;
/** After so many rounds of ready sockets the event loop has its turn again: timers must not wait for a flood. */
const MOST_ROUNDS = 8;
const LARGEST_DATAGRAM = 65_536;

/** The calls of the C library, as koffi gives them. */
interface SocketCalls {
  socket(family: number, type: number, protocol: number): number;
  close(descriptor: number): number;
  epollCreate(flags: number): number;
  epollControl(epoll: number, operation: number, descriptor: number, event: Buffer): number;
  epollWait(epoll: number, events: Buffer, most: number, timeoutMs: number): number;
  receive(descriptor: number, buffer: Buffer, bytes: number, flags: number): number;
  send(descriptor: number, buffer: Buffer, bytes: number, flags: number): number;
  errno(): number;
  /** Name of an errno. */
  nameOf(errno: number): string;
  again: number;
}

/**
 * Reads what has come for all sockets of the process as soon as the event loop tells of one of them, and sends without
 * a way through the event loop: a datagram costs two calls of the kernel and little else, where one event each costs as
 * much again in wrapping and unwrapping. The sockets stay ordinary ones of the event loop, which wakes us.
 */
export class Bursts {
  private readonly epoll: number;
  private readonly members = new Map<number, BurstMember>();
  private readonly event = Buffer.alloc(EVENT_BYTES);
  private readonly events = Buffer.alloc(EVENT_BYTES * MOST_EVENTS);
  private readonly eventWords = new DataView(this.events.buffer, this.events.byteOffset, this.events.length);
  private readonly arena = Buffer.allocUnsafeSlow(LARGEST_DATAGRAM);

  constructor(private readonly calls: SocketCalls) {
    this.epoll = calls.epollCreate(EPOLL_CLOEXEC);
    if (this.epoll < 0) throw new Error(`epoll_create1: ${calls.nameOf(calls.errno())}`);
  }

  /** Gives a socket a descriptor that we know. @returns it; null where the socket is to find one itself */
  bind(socket: Socket, family: 4 | 6): number | null {
    const descriptor = this.calls.socket(family === 6 ? AF_INET6 : AF_INET, SOCK_DGRAM_NONBLOCK_CLOEXEC, 0);
    if (descriptor < 0) return null;
    try {
      // From here on the socket closes it.
      socket.bind({ fd: descriptor, exclusive: true });
      return descriptor;
    } catch {
      this.calls.close(descriptor);
      return null;
    }
  }

  /** Reads this descriptor too. @returns whether the kernel agreed */
  join(descriptor: number, member: BurstMember): boolean {
    this.event.fill(0);
    this.event.writeUInt32LE(EPOLLIN, 0);
    this.event.writeInt32LE(descriptor, DATA_AT);
    if (this.calls.epollControl(this.epoll, EPOLL_CTL_ADD, descriptor, this.event) < 0) return false;
    this.members.set(descriptor, member);
    return true;
  }

  /** Before the descriptor is closed: its number may soon be another's. */
  leave(descriptor: number): void {
    if (this.members.delete(descriptor)) this.calls.epollControl(this.epoll, EPOLL_CTL_DEL, descriptor, this.event);
  }

  /** Hands over all that has come, for whatever member. */
  drain(): void {
    for (let round = 0; round < MOST_ROUNDS; round++) {
      const ready = this.calls.epollWait(this.epoll, this.events, MOST_EVENTS, 0);
      for (let i = 0; i < ready; i++) this.read(this.eventWords.getInt32(i * EVENT_BYTES + DATA_AT, true));
      if (ready <= 0) return;
    }
  }

  /** @returns whether the kernel took it; where it did not, the socket's own way of sending tells why */
  send(descriptor: number, datagram: Buffer): boolean {
    const flags = MSG_DONTWAIT | MSG_NOSIGNAL;
    return this.calls.send(descriptor, datagram, datagram.length, flags) === datagram.length;
  }

  private read(descriptor: number): void {
    const member = this.members.get(descriptor);
    // One that left during this round: the number may be another's already.
    if (member === undefined) return;
    const bytes = this.calls.receive(descriptor, this.arena, LARGEST_DATAGRAM, MSG_DONTWAIT);
    if (bytes >= 0) {
      member.received(this.arena.subarray(0, bytes));
      return;
    }
    const errno = this.calls.errno();
    if (errno === this.calls.again) return;
    const code = this.calls.nameOf(errno);
    member.socketFailed(Object.assign(new Error(`recv ${code}`), { code }));
  }
}

let opening: Promise<Bursts | null> | null = null;

/** The one of this process. @returns null where the C library cannot be called (another system): sockets do without */
export function openBursts(): Promise<Bursts | null> {
  opening ??= load();
  return opening;
}

async function load(): Promise<Bursts | null> {
  // Numbers above are those of 64-bit little-endian Linux.
  if (process.platform !== 'linux' || (process.arch !== 'x64' && process.arch !== 'arm64')) return null;
  try {
    const { default: koffi } = await import('koffi');
    const library = koffi.load(null);
    const numbers = koffi.os.errno as Record<string, number>;
    const names = new Map(Object.entries(numbers).map(([name, number]) => [number, name]));
    return new Bursts({
      socket: library.func('int socket(int domain, int type, int protocol)'),
      close: library.func('int close(int fd)'),
      epollCreate: library.func('int epoll_create1(int flags)'),
      epollControl: library.func('int epoll_ctl(int epfd, int op, int fd, void *event)'),
      epollWait: library.func('int epoll_wait(int epfd, void *events, int maxevents, int timeout)'),
      receive: library.func('int64_t recv(int sockfd, void *buf, size_t len, int flags)'),
      send: library.func('int64_t send(int sockfd, void *buf, size_t len, int flags)'),
      errno: () => koffi.errno(),
      nameOf: (errno) => names.get(errno) ?? `errno ${errno}`,
      again: numbers.EAGAIN ?? 11,
    });
  } catch {
    // No prebuilt library for this machine.
    return null;
  }
}
