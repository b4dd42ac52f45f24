import { lookup } from 'node:dns/promises';
import { isIP, SocketAddress } from 'node:net';
import type { AuthProfile } from '../../../lib/config/auths.ts';
import type { Trap } from './trap.ts';

/** At most one early poll of a device in this time, ms, however many traps it sends. */
export const EARLY_POLL_EVERY_MS = 1000;

/** A polled device that wants to hear of its traps. */
export interface TrapSubscriber {
  device: string;
  /** Host name or address, without port. */
  host: string;
  auth: AuthProfile;
  /** Called at most once per EARLY_POLL_EVERY_MS; returns at once. */
  trapped(trap: Trap): void;
}

/** One subscriber with what is known of it. */
export class Subscription {
  addresses: readonly string[];
  private lastMs = Number.NEGATIVE_INFINITY;
  private latest: Trap | null = null;
  private timer: NodeJS.Timeout | null = null;

  constructor(readonly subscriber: TrapSubscriber) {
    const { host } = subscriber;
    this.addresses = isIP(host) === 0 ? [] : [canonicalAddress(host)];
  }

  /** Hands a trap on at once, or the last one of a burst when the second is over: the state after it counts. */
  take(trap: Trap): void {
    this.latest = trap;
    if (this.timer !== null) return;
    const waitMs = this.lastMs + EARLY_POLL_EVERY_MS - performance.now();
    if (waitMs <= 0) {
      this.handOn();
      return;
    }
    this.timer = setTimeout(() => this.handOn(), waitMs);
    this.timer.unref();
  }

  /** Host names are looked up; a name that does not resolve now keeps the addresses it had. */
  async resolve(): Promise<void> {
    const { host } = this.subscriber;
    if (isIP(host) !== 0) return;
    try {
      const found = await lookup(host, { all: true });
      this.addresses = found.map(({ address }) => canonicalAddress(address));
    } catch {
      // Polling says what is wrong with the name; traps of this device stay unknown until it resolves.
    }
  }

  close(): void {
    if (this.timer !== null) clearTimeout(this.timer);
  }

  private handOn(): void {
    this.timer = null;
    this.lastMs = performance.now();
    if (this.latest !== null) this.subscriber.trapped(this.latest);
  }
}

/** The polled devices of this process by the address their traps come from. */
export class TrapSubscribers {
  private readonly subscriptions = new Set<Subscription>();
  private byAddress: Map<string, Subscription[]> | null = null;
  private listeners = 0;

  /** Returns the function that takes the device out again. */
  add(subscriber: TrapSubscriber): () => void {
    const subscription = new Subscription(subscriber);
    this.subscriptions.add(subscription);
    this.byAddress = null;
    if (this.listeners > 0) void this.resolve(subscription);
    return () => {
      subscription.close();
      this.subscriptions.delete(subscription);
      this.byAddress = null;
    };
  }

  /** Names are looked up only while somebody listens for traps. Returns the function that ends it. */
  listen(): () => void {
    this.listeners++;
    void this.resolveAll();
    return () => {
      this.listeners--;
    };
  }

  /** Looks every host name up again: addresses change. */
  async resolveAll(): Promise<void> {
    for (const subscription of [...this.subscriptions]) await this.resolve(subscription);
  }

  /** The devices at an address: several where one machine has several agents. */
  from(address: string): readonly Subscription[] {
    this.byAddress ??= this.index();
    return this.byAddress.get(canonicalAddress(address)) ?? [];
  }

  private async resolve(subscription: Subscription): Promise<void> {
    const before = subscription.addresses;
    await subscription.resolve();
    if (subscription.addresses !== before) this.byAddress = null;
  }

  private index(): Map<string, Subscription[]> {
    const index = new Map<string, Subscription[]>();
    for (const subscription of this.subscriptions) {
      for (const address of new Set(subscription.addresses)) {
        index.set(address, [...(index.get(address) ?? []), subscription]);
      }
    }
    return index;
  }
}

/** One spelling of an address: without zone, IPv4 in IPv6 as IPv4, IPv6 in its short form. */
export function canonicalAddress(address: string): string {
  const plain = address.split('%')[0] ?? address;
  if (isIP(plain) !== 6) return plain;
  const short = new SocketAddress({ address: plain, family: 'ipv6' }).address;
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(short);
  return mapped?.[1] ?? short;
}

/** The devices polled in this process. */
export const trapSubscribers = new TrapSubscribers();
