import { add, at } from './columns.ts';

/** A route has at most this many egress queues (an up-down path has four; a misrouted one six). */
export const MAX_HOPS = 6;

/** What a flow has: bytes it may send, has sent, that arrived or were lost, and its rate. */
const AMOUNTS = ['credit', 'injected', 'delivered', 'dropped', 'flowRate', 'marked'] as const;
/** Where a flow runs. */
const PLACES = ['hops', 'source', 'sink'] as const;

/** The flows of a fabric as columns: [flow], and for what belongs to a queue of its route [flow * MAX_HOPS + hop]. */
export class Flows {
  /** Numbers in use, given back ones among them. */
  count = 0;
  /** [flow] queues on its route. */
  hops: Int32Array;
  /** [flow] bytes its owner wants sent, since it began. */
  credit: Float64Array;
  /** [flow] bytes that entered the fabric, that arrived, and that were lost and are sent again. */
  injected: Float64Array;
  delivered: Float64Array;
  dropped: Float64Array;
  /** [flow] bytes per ms it may send now. */
  flowRate: Float64Array;
  /** [flow] marked packets that nobody has taken note of yet. */
  marked: Float64Array;
  /** [flow] the port it leaves its host by, and the port it arrives at. */
  source: Int32Array;
  sink: Int32Array;
  /** [flow][hop] egress port; the port it came in by (-1 at the host itself); bytes that wait there. */
  route: Int32Array;
  cameIn: Int32Array;
  backlog: Float64Array;
  /** Numbers given back by release(). */
  private free: number[] = [];

  /**
   * @param peer [port] the other end of its cable
   * @param nominalRate [port] bytes per ms
   */
  constructor(
    private readonly peer: Int32Array,
    private readonly nominalRate: Float64Array,
    capacity: number,
  ) {
    this.hops = new Int32Array(capacity);
    this.source = new Int32Array(capacity);
    this.sink = new Int32Array(capacity);
    this.credit = new Float64Array(capacity);
    this.injected = new Float64Array(capacity);
    this.delivered = new Float64Array(capacity);
    this.dropped = new Float64Array(capacity);
    this.flowRate = new Float64Array(capacity);
    this.marked = new Float64Array(capacity);
    this.route = new Int32Array(capacity * MAX_HOPS);
    this.cameIn = new Int32Array(capacity * MAX_HOPS);
    this.backlog = new Float64Array(capacity * MAX_HOPS);
  }

  get capacity(): number {
    return this.hops.length;
  }

  /** Adds a flow along egress ports `path`; it sends nothing until it is given credit. @returns the flow's number. */
  add(path: readonly number[]): number {
    const flow = this.free.pop() ?? this.count++;
    if (flow >= this.capacity) this.grow();
    this.flowRate[flow] = at(this.nominalRate, path[0] ?? 0);
    this.source[flow] = path[0] ?? -1;
    this.sink[flow] = at(this.peer, path.at(-1) ?? 0);
    this.setRoute(flow, path);
    return flow;
  }

  /** Gives back a flow that nobody will use again; its number goes to a later one. What is still queued is gone. */
  release(flow: number): void {
    this.backlog.fill(0, flow * MAX_HOPS, (flow + 1) * MAX_HOPS);
    for (const column of [this.credit, this.injected, this.delivered, this.dropped, this.marked]) column[flow] = 0;
    this.free.push(flow);
  }

  /**
   * Sends the flow along another route from now on. What is queued stays in the queue of the same tier.
   * @throws RangeError on an empty or too long route
   */
  setRoute(flow: number, path: readonly number[]): void {
    if (path.length === 0 || path.length > MAX_HOPS) throw new RangeError(`a route has 1 to ${MAX_HOPS} hops`);
    const base = flow * MAX_HOPS;
    const before = at(this.hops, flow);
    for (let hop = path.length; hop < before; hop++) {
      add(this.backlog, base + path.length - 1, at(this.backlog, base + hop));
      this.backlog[base + hop] = 0;
    }
    this.hops[flow] = path.length;
    path.forEach((port, hop) => {
      this.route[base + hop] = port;
      this.cameIn[base + hop] = hop === 0 ? -1 : at(this.peer, path[hop - 1] ?? 0);
    });
  }

  routeOf(flow: number): number[] {
    const base = flow * MAX_HOPS;
    return [...this.route.subarray(base, base + at(this.hops, flow))];
  }

  /** Bytes of the flow inside queues of the fabric. */
  inFlight(flow: number): number {
    return at(this.injected, flow) - at(this.delivered, flow) - at(this.dropped, flow);
  }

  /** Sum over all flows of what is queued inside the fabric: for the conservation check. */
  totalBacklog(): number {
    let sum = 0;
    for (const bytes of this.backlog) sum += bytes;
    return sum;
  }

  /** A copy that goes its own way from here. */
  clone(): Flows {
    const copy = new Flows(this.peer, this.nominalRate, this.capacity);
    for (const name of AMOUNTS) copy[name].set(this[name]);
    for (const name of PLACES) copy[name].set(this[name]);
    copy.route.set(this.route);
    copy.cameIn.set(this.cameIn);
    copy.backlog.set(this.backlog);
    copy.free = [...this.free];
    copy.count = this.count;
    return copy;
  }

  private grow(): void {
    const size = this.capacity * 2;
    for (const name of AMOUNTS) this[name] = widened(this[name], new Float64Array(size));
    for (const name of PLACES) this[name] = widened(this[name], new Int32Array(size));
    this.route = widened(this.route, new Int32Array(size * MAX_HOPS));
    this.cameIn = widened(this.cameIn, new Int32Array(size * MAX_HOPS));
    this.backlog = widened(this.backlog, new Float64Array(size * MAX_HOPS));
  }
}

function widened<Column extends Float64Array | Int32Array>(column: Column, wider: Column): Column {
  wider.set(column);
  return wider;
}
