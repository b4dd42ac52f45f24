import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { isIP } from 'node:net';
import snmp, { type User } from 'net-snmp';
import { type Clock, systemClock } from '../../../lib/clock.ts';
import { errorMessage } from '../../../lib/errors.ts';
import type { Logger } from '../../../lib/logger.ts';
import { Allowance } from './allowance.ts';
import { canonicalAddress, type Subscription, type TrapSubscribers, trapSubscribers } from './subscribers.ts';
import { type Refusal, TrapTally } from './tally.ts';
import { type TrapPdu, toTrap } from './trap.ts';
import { trapUser } from './user.ts';

/** How often host names are looked up again, ms. */
const RESOLVE_EVERY_MS = 300_000;

/** The parts of net-snmp's receiver that are used; the types of the package have none of them. */
interface LibraryReceiver {
  getAuthorizer(): { communities: string[]; users: User[] };
}
type LibraryCallback = (error: Error | null, data?: { pdu?: TrapPdu }) => void;
type MessageHandler = (datagram: Buffer, from: RemoteInfo) => void;

export interface TrapReceiverOptions {
  /** An address of this machine; port 0 is a free one. */
  listen: { host: string; port: number };
  logger: Logger;
  clock?: Clock;
  subscribers?: TrapSubscribers;
}

/**
 * Receives the traps and informs of polled devices on one port and tells the device's source. net-snmp decodes,
 * authenticates and answers; this decides whom it listens to: only addresses of targets, each with the credentials of
 * its own auth profile, and only so much of each.
 */
export class TrapReceiver {
  readonly tally: TrapTally;
  private readonly allowance = new Allowance();
  private readonly subscribers: TrapSubscribers;
  private readonly clock: Clock;
  private readonly library: LibraryReceiver;
  private readonly unlisten: () => void;
  private readonly refreshing: NodeJS.Timeout;
  private onMessage: MessageHandler = () => {};
  /** Whom the datagram in hand came from: the library works on one at a time, synchronously. */
  private current: { from: string; subscriptions: readonly Subscription[] } = { from: '', subscriptions: [] };

  private constructor(
    private readonly socket: Socket,
    options: TrapReceiverOptions,
  ) {
    this.subscribers = options.subscribers ?? trapSubscribers;
    this.clock = options.clock ?? systemClock;
    this.tally = new TrapTally(options.logger);
    const take: LibraryCallback = (error, data) => this.taken(error, data?.pdu);
    this.library = snmp.createReceiver({ dgramModule: this.dgramModule(), includeAuthentication: true }, take);
    socket.on('message', (datagram, from) => this.datagram(datagram, from));
    socket.on('error', (error) => options.logger.warn({ reason: error.message }, 'trap socket'));
    this.unlisten = this.subscribers.listen();
    this.refreshing = setInterval(() => this.refresh(), RESOLVE_EVERY_MS);
    this.refreshing.unref();
  }

  /** Null where the port cannot be had: that is logged once, and devices are polled as without traps. */
  static async start(options: TrapReceiverOptions): Promise<TrapReceiver | null> {
    const { host, port } = options.listen;
    const socket = createSocket(isIP(host) === 6 ? 'udp6' : 'udp4');
    try {
      await new Promise<void>((resolve, reject) => {
        socket.once('error', reject);
        socket.bind(port, host, () => {
          socket.off('error', reject);
          resolve();
        });
      });
    } catch (error) {
      socket.close();
      options.logger.error(
        { reason: errorMessage(error) },
        `collector.traps.listen: cannot listen on UDP ${host} port ${port}, so no traps are received; polling goes on`,
      );
      return null;
    }
    const receiver = new TrapReceiver(socket, options);
    options.logger.info({ address: host, port: receiver.port }, 'receiving traps');
    return receiver;
  }

  get port(): number {
    return this.socket.address().port;
  }

  close(): void {
    clearInterval(this.refreshing);
    this.unlisten();
    this.socket.close();
  }

  private datagram(datagram: Buffer, from: RemoteInfo): void {
    const address = canonicalAddress(from.address);
    const subscriptions = this.subscribers.from(address);
    const refusal = this.refusalOf(address, subscriptions) ?? this.decode(datagram, from, address, subscriptions);
    if (refusal !== null) this.tally.refuse(refusal, address);
  }

  /** What is refused before a byte of it is looked at. */
  private refusalOf(address: string, subscriptions: readonly Subscription[]): Refusal | null {
    if (subscriptions.length === 0) return 'unknownSender';
    return this.allowance.take(address, performance.now()) ? null : 'tooMany';
  }

  private decode(
    datagram: Buffer,
    from: RemoteInfo,
    address: string,
    subscriptions: readonly Subscription[],
  ): Refusal | null {
    this.current = { from: address, subscriptions };
    const authorizer = this.library.getAuthorizer();
    const profiles = subscriptions.map(({ subscriber }) => subscriber.auth);
    authorizer.communities = profiles.flatMap((auth) => (auth.version === '2c' ? [auth.community] : []));
    authorizer.users = profiles.flatMap((auth) => (auth.version === 3 ? (trapUser(auth) ?? []) : []));
    try {
      this.onMessage(datagram, from);
      return null;
    } catch {
      // What the library could not even answer; its own decoding errors come to `taken`.
      return 'malformed';
    }
  }

  private taken(error: Error | null, pdu: TrapPdu | undefined): void {
    const { from, subscriptions } = this.current;
    if (error !== null || pdu === undefined) {
      // The library's messages quote the community: only the kind of error is looked at.
      const credentials = error?.name === 'RequestFailedError' || error?.name === 'ResponseInvalidError';
      this.tally.refuse(credentials ? 'notAuthorised' : 'malformed', from);
      return;
    }
    // The library lets a SNMPv3 message without user and digest pass: it is nobody's.
    const senders = subscriptions.filter(({ subscriber: { auth } }) =>
      auth.version === '2c' ? auth.community === pdu.community : auth.username === pdu.user,
    );
    if (senders.length === 0) this.tally.refuse('notAuthorised', from);
    const trap = toTrap(pdu, this.clock.now());
    for (const sender of senders) sender.take(trap);
  }

  /** Stands in for node:dgram: the library gets a socket that is bound already and shows it only what we let through. */
  private dgramModule(): object {
    const { socket } = this;
    const shown = {
      on: (event: string, handler: MessageHandler) => {
        if (event === 'message') this.onMessage = handler;
        return shown;
      },
      bind: () => shown,
      // An answer that cannot be sent is sent again when the device repeats its inform.
      send: (answer: Buffer, offset: number, length: number, port: number, address: string) =>
        socket.send(answer, offset, length, port, address, () => {}),
    };
    return { createSocket: () => shown };
  }

  private refresh(): void {
    void this.subscribers.resolveAll();
    // The library keeps the key of every engine id it was ever sent: ids that were made up must not add up.
    const { Authentication } = snmp as unknown as { Authentication?: { authToKeyCache?: object } };
    if (Authentication?.authToKeyCache !== undefined) Authentication.authToKeyCache = {};
  }
}
