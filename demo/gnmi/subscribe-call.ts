import { type ServerDuplexStream, status } from '@grpc/grpc-js';
import { ProtoWriter } from '../../lib/protobuf/writer.ts';
import { type Batch, batchesOf, type Encoding, SYNC } from './messages.ts';
import { encodingOf, pathText, Refusal, refusalOf, wholePath } from './refusal.ts';
import { readSubscribe, type SubscriptionList } from './requests.ts';
import { isInModels, type Leaf, leavesUnder } from './tree.ts';

export type SubscribeStream = ServerDuplexStream<Buffer, Buffer>;

/** What a target serves, and when it is. */
export interface Served {
  leaves: readonly Leaf[];
  /** Brings what is served up to now. @returns the time of the values, Unix ms */
  refresh: () => number;
}

/** Samples come no closer than this, ms. */
const SHORTEST_SAMPLE_MS = 100;
/** Changes are looked for this often, ms. */
const LOOK_MS = 200;
/** What TARGET_DEFINED makes of counters, ms. */
const OWN_CHOICE_MS = 5000;
const NS_PER_MS = 1_000_000n;

const STREAM = 0;
const ONCE = 1;
const POLL = 2;
const TARGET_DEFINED = 0;
const ON_CHANGE = 1;

/** Leaves that are sent on one beat. */
interface Feed {
  batches: Batch[];
  everyMs: number;
  onlyChanges: boolean;
  /** Everything is sent again after this time, ms; 0 = never. */
  heartbeatMs: number;
}

/** One Subscribe call: its first message says what is wanted, further ones only poll. */
export class SubscribeCall {
  private list: SubscriptionList | null = null;
  private feeds: Feed[] = [];
  private encoding: Encoding = 'JSON';
  private readonly timers: NodeJS.Timeout[] = [];
  /** True while the reader is behind: what falls due then is not sent, so that nothing piles up here. */
  private behind = false;
  private over = false;

  constructor(
    private readonly call: SubscribeStream,
    private readonly served: Served,
  ) {}

  /** Takes a request of the call; one that is refused ends it. */
  take(bytes: Buffer): void {
    if (this.over) return;
    try {
      const request = readSubscribe(bytes);
      if (request === null) throw invalid('the request is neither a subscription nor a poll');
      if (request === 'poll') this.poll();
      else this.begin(request);
    } catch (error) {
      this.end();
      this.call.emit('error', refusalOf(error));
    }
  }

  end(): void {
    this.over = true;
    for (const timer of this.timers.splice(0)) clearInterval(timer);
  }

  private begin(list: SubscriptionList): void {
    if (this.list !== null) throw invalid('this call has its subscription already');
    if (list.subscriptions.length === 0) throw invalid('no subscription in the list');
    if (![STREAM, ONCE, POLL].includes(list.mode)) throw invalid(`list mode ${list.mode} is unknown`);
    this.encoding = encodingOf(list.encoding);
    this.feeds = list.subscriptions.flatMap((one) => this.feedsOf(list, one));
    this.list = list;
    for (const feed of this.feeds) this.send(feed, true, list.updatesOnly);
    this.call.write(SYNC);
    if (list.mode === ONCE) this.call.end();
    if (list.mode === STREAM) for (const feed of this.feeds) this.beat(feed);
  }

  private poll(): void {
    if (this.list?.mode !== POLL) throw invalid('a poll belongs into a call that subscribed with mode POLL');
    for (const feed of this.feeds) this.send(feed, !this.list.updatesOnly, false);
    this.call.write(SYNC);
  }

  private feedsOf(list: SubscriptionList, one: SubscriptionList['subscriptions'][number]): Feed[] {
    const { elems, origin } = wholePath(list.prefix, one.path);
    const { leaves } = this.served;
    // A path of the models may match nothing yet; one that is in none never will.
    if (!isInModels(leaves, elems)) throw invalid(`${pathText(elems)} is in no model of this device`);
    const wanted = leavesUnder(leaves, elems);
    const feed = (of: Leaf[], everyMs: number, onlyChanges: boolean): Feed => ({
      batches: batchesOf(of, { origin, target: list.prefix.target }),
      everyMs,
      onlyChanges,
      heartbeatMs: Number(one.heartbeatIntervalNs / NS_PER_MS),
    });
    if (one.mode === ON_CHANGE) return [feed(wanted, LOOK_MS, true)];
    if (one.mode === TARGET_DEFINED && list.mode === STREAM) {
      const counts = (leaf: Leaf): boolean => typeof leaf.value() === 'bigint';
      const states = wanted.filter((leaf) => !counts(leaf));
      return [feed(wanted.filter(counts), OWN_CHOICE_MS, false), feed(states, LOOK_MS, true)];
    }
    const askedMs = Number(one.sampleIntervalNs / NS_PER_MS);
    if (one.sampleIntervalNs > 0n && askedMs < SHORTEST_SAMPLE_MS) {
      throw invalid(`sample_interval must be ${SHORTEST_SAMPLE_MS} ms or more`);
    }
    return [feed(wanted, Math.max(askedMs, SHORTEST_SAMPLE_MS), one.suppressRedundant)];
  }

  private beat(feed: Feed): void {
    if (feed.batches.length === 0) return;
    this.timers.push(setInterval(() => this.later(feed, !feed.onlyChanges), feed.everyMs));
    if (!feed.onlyChanges || feed.heartbeatMs === 0) return;
    this.timers.push(setInterval(() => this.later(feed, true), Math.max(feed.heartbeatMs, SHORTEST_SAMPLE_MS)));
  }

  private later(feed: Feed, all: boolean): void {
    if (!this.behind) this.send(feed, all, false);
  }

  /** @param silently only remembers the values, as those that changes are told from */
  private send({ batches }: Feed, all: boolean, silently: boolean): void {
    const atMs = this.served.refresh();
    for (const batch of batches) {
      const update = batch.notification(atMs, this.encoding, all);
      if (update === null || silently) continue;
      if (this.call.write(new ProtoWriter().message(1, update).finish()) || this.behind) continue;
      this.behind = true;
      this.call.once('drain', () => {
        this.behind = false;
      });
    }
  }
}

function invalid(details: string): Refusal {
  return new Refusal(status.INVALID_ARGUMENT, details);
}
