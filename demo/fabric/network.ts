import { add, at } from './columns.ts';
import { clonePortCounters, createPortCounters, type PortCounters } from './counters.ts';
import { Flows, MAX_HOPS } from './flows.ts';
import { FRAME_BYTES, type NetworkSettings, PAUSE_FRAME_BYTES, STRETCH, TICK_MS } from './settings.ts';
import type { FabricTopology } from './topology.ts';

/** Share of packets a go-back-N receiver throws away for each one lost: a window of about 30 frames is in flight. */
const GO_BACK_N_FRAMES = 30;

/**
 * Queues, PFC and ECN of a fabric as fluids: each flow has a backlog in every egress queue of its route; a queue
 * serves its flows in proportion to their backlog (a FIFO that mixes), unless its peer paused it. Switches account
 * backlog to the ingress it came in by, tell that ingress's peer to stop above a dynamic share of the free buffer
 * and to go on below it: back-pressure and its innocent victims follow from that and are nowhere scripted.
 *
 * Model units: bytes and bytes per model ms at link scale; buffers STRETCH times the real ones (settings.ts).
 */
export class Network {
  readonly portCount: number;
  readonly counters: PortCounters;
  /** [port] bytes per ms now; falls with a degraded link. */
  readonly rate: Float64Array;
  readonly nominalRate: Float64Array;
  /** [port] 1 up, 0 down. */
  readonly up: Uint8Array;
  /** [port] share of frames lost on leaving. */
  readonly lossFraction: Float64Array;
  /** [port] 1 while a fault makes this port hold its peer paused. */
  readonly forcedXoff: Uint8Array;
  /** [port] receive pipeline of a NIC: share of line rate it can take (1 = all). */
  readonly drainFraction: Float64Array;
  /** [port] 1 where a pause from the peer is ignored (a watchdog broke a deadlock). */
  readonly ignorePause: Uint8Array;
  /** [port] 1 while this port holds its peer paused. */
  readonly xoff: Uint8Array;
  /** [port] egress backlog left after service, model bytes; and its maximum since takeWatermarks(). */
  readonly queue: Float64Array;
  readonly watermark: Float64Array;

  readonly peer: Int32Array;
  readonly deviceOf: Int32Array;
  private readonly isSwitch: Uint8Array;
  private readonly ingress: Float64Array;
  private readonly backlogSum: Float64Array;
  private readonly serve: Float64Array;
  private readonly markShare: Float64Array;
  private readonly nicBuffer: Float64Array;
  private readonly refreshDueMs: Float64Array;
  private readonly used: Float64Array;

  flows: Flows;
  nowMs = 0;

  constructor(
    readonly topology: FabricTopology,
    readonly settings: NetworkSettings,
    flowCapacity = 64,
  ) {
    const ports = topology.ports.length;
    this.portCount = ports;
    this.counters = createPortCounters(ports);
    this.nominalRate = Float64Array.from(topology.ports, (port) => port.linkRateBitsPerSec / 8 / 1000);
    this.rate = this.nominalRate.slice();
    this.up = new Uint8Array(ports).fill(1);
    this.lossFraction = new Float64Array(ports);
    this.forcedXoff = new Uint8Array(ports);
    this.drainFraction = new Float64Array(ports).fill(1);
    this.ignorePause = new Uint8Array(ports);
    this.xoff = new Uint8Array(ports);
    this.queue = new Float64Array(ports);
    this.watermark = new Float64Array(ports);
    this.peer = Int32Array.from(topology.ports, (port) => port.peer);
    this.deviceOf = Int32Array.from(topology.ports, (port) => port.device);
    this.isSwitch = Uint8Array.from(topology.ports, (port) => (topology.devices[port.device]?.role === 'host' ? 0 : 1));
    this.ingress = new Float64Array(ports);
    this.backlogSum = new Float64Array(ports);
    this.serve = new Float64Array(ports);
    this.markShare = new Float64Array(ports);
    this.nicBuffer = new Float64Array(ports);
    this.refreshDueMs = new Float64Array(ports);
    this.used = new Float64Array(topology.devices.length);
    this.flows = new Flows(this.peer, this.nominalRate, flowCapacity);
  }

  /** Maximum queue per port since the last call, real bytes. */
  takeWatermarks(): Float64Array {
    const taken = this.watermark.map((bytes) => bytes / STRETCH);
    this.watermark.set(this.queue);
    return taken;
  }

  /** One tick of TICK_MS. */
  tick(): void {
    this.inject();
    this.sumBacklogs();
    this.decidePauses();
    this.planService();
    this.moveBytes();
    this.drainNics();
    this.nowMs += TICK_MS;
  }

  private inject(): void {
    const { up } = this;
    const { count, credit, injected, dropped, flowRate, source, backlog } = this.flows;
    for (let flow = 0; flow < count; flow++) {
      const wanted = at(credit, flow) + at(dropped, flow) - at(injected, flow);
      if (wanted <= 0 || at(up, at(source, flow)) === 0) continue;
      const perTick = at(flowRate, flow) * TICK_MS;
      const first = flow * MAX_HOPS;
      const room = 2 * perTick - at(backlog, first);
      const bytes = Math.min(wanted, perTick, room);
      if (bytes <= 0) continue;
      add(backlog, first, bytes);
      add(injected, flow, bytes);
    }
  }

  private sumBacklogs(): void {
    const { backlogSum, ingress, used } = this;
    const { count, backlog, route, cameIn, hops } = this.flows;
    backlogSum.fill(0);
    ingress.fill(0);
    used.fill(0);
    for (let flow = 0; flow < count; flow++) {
      const base = flow * MAX_HOPS;
      const end = base + at(hops, flow);
      for (let hop = base; hop < end; hop++) {
        const bytes = at(backlog, hop);
        if (bytes === 0) continue;
        add(backlogSum, at(route, hop), bytes);
        if (hop > base) add(ingress, at(cameIn, hop), bytes);
      }
    }
    for (let port = 0; port < this.portCount; port++) {
      add(used, at(this.deviceOf, port), at(ingress, port));
    }
  }

  private decidePauses(): void {
    const { settings, xoff, ingress, isSwitch, forcedXoff, nicBuffer } = this;
    const gap = settings.xonGapBytes * STRETCH;
    const nicFull = settings.nicBufferBytes * STRETCH;
    for (let port = 0; port < this.portCount; port++) {
      const held = at(xoff, port) === 1;
      let want: boolean;
      if (at(isSwitch, port) === 1) {
        const free = settings.switchBufferBytes * STRETCH - at(this.used, at(this.deviceOf, port));
        const limit = Math.max(gap, settings.xoffAlpha * free);
        const filled = at(ingress, port);
        want = held ? filled > limit - gap : filled > limit;
      } else {
        const filled = at(nicBuffer, port);
        want = at(forcedXoff, port) === 1 || (held ? filled > 0.4 * nicFull : filled > 0.8 * nicFull);
      }
      if (want !== held) this.switchPause(port, want);
      else if (held && this.nowMs >= at(this.refreshDueMs, port)) this.sendPauseFrame(port);
      if (want) this.countPauseTime(port);
    }
  }

  private switchPause(port: number, pause: boolean): void {
    this.xoff[port] = pause ? 1 : 0;
    if (pause) {
      this.sendPauseFrame(port);
      return;
    }
    const peer = at(this.peer, port);
    add(this.counters.txResumeFrames, port, STRETCH);
    add(this.counters.rxResumeFrames, peer, STRETCH);
    this.countControlFrames(port, peer);
  }

  private sendPauseFrame(port: number): void {
    const peer = at(this.peer, port);
    add(this.counters.txPauseFrames, port, STRETCH);
    add(this.counters.rxPauseFrames, peer, STRETCH);
    this.countControlFrames(port, peer);
    this.refreshDueMs[port] = this.nowMs + (this.settings.xoffRefreshUs * STRETCH) / 1000;
  }

  private countControlFrames(from: number, to: number): void {
    const { txBytes, rxBytes, txPackets, rxPackets } = this.counters;
    add(txBytes, from, PAUSE_FRAME_BYTES * STRETCH);
    add(rxBytes, to, PAUSE_FRAME_BYTES * STRETCH);
    add(txPackets, from, STRETCH);
    add(rxPackets, to, STRETCH);
  }

  private countPauseTime(port: number): void {
    add(this.counters.txPauseUs, port, TICK_MS * 1000);
    add(this.counters.rxPauseUs, at(this.peer, port), TICK_MS * 1000);
  }

  private planService(): void {
    const { backlogSum, serve, queue, watermark, markShare, settings } = this;
    for (let port = 0; port < this.portCount; port++) {
      const total = at(backlogSum, port);
      const paused = at(this.xoff, at(this.peer, port)) === 1 && at(this.ignorePause, port) === 0;
      const budget = paused || at(this.up, port) === 0 ? 0 : at(this.rate, port) * TICK_MS;
      const share = total <= budget ? 1 : budget / total;
      serve[port] = share;
      const left = total * (1 - share);
      queue[port] = left;
      if (left > at(watermark, port)) watermark[port] = left;
      if (at(this.isSwitch, port) === 0) continue;
      const scale = (at(this.nominalRate, port) / 12_500_000) * STRETCH;
      const low = settings.ecnMinBytes * scale;
      const high = settings.ecnMaxBytes * scale;
      if (left <= low) markShare[port] = 0;
      else markShare[port] = left >= high ? 1 : (settings.ecnMaxProbability * (left - low)) / (high - low);
    }
  }

  private moveBytes(): void {
    const { serve, markShare, lossFraction, counters } = this;
    const { count, backlog, route, hops, marked } = this.flows;
    for (let flow = 0; flow < count; flow++) {
      const base = flow * MAX_HOPS;
      const last = base + at(hops, flow) - 1;
      for (let hop = last; hop >= base; hop--) {
        const waiting = at(backlog, hop);
        if (waiting === 0) continue;
        const port = at(route, hop);
        let bytes = waiting * at(serve, port);
        if (bytes === 0) continue;
        backlog[hop] = waiting - bytes;
        const packets = bytes / FRAME_BYTES;
        add(counters.txBytes, port, bytes);
        add(counters.txPackets, port, packets);
        const marks = packets * at(markShare, port);
        if (marks > 0) {
          add(counters.ecnMarkedPackets, port, marks);
          add(marked, flow, marks);
        }
        if (at(lossFraction, port) > 0) bytes = this.loseSome(flow, port, bytes);
        const peer = at(this.peer, port);
        add(counters.rxBytes, peer, bytes);
        add(counters.rxPackets, peer, bytes / FRAME_BYTES);
        if (hop === last) this.deliver(flow, peer, bytes);
        else add(backlog, hop + 1, bytes);
      }
    }
  }

  /** A lost frame makes the receiver drop what follows it in the window; both are sent again. */
  private loseSome(flow: number, port: number, bytes: number): number {
    const lossFraction = at(this.lossFraction, port);
    const lost = bytes * lossFraction;
    const resent = bytes * Math.min(0.9, lossFraction * GO_BACK_N_FRAMES);
    const sink = at(this.flows.sink, flow);
    add(this.counters.drops, port, lost / FRAME_BYTES);
    add(this.counters.outOfSequence, sink, lost / FRAME_BYTES);
    add(this.counters.ackTimeouts, at(this.flows.source, flow), (lost / FRAME_BYTES) * 0.05);
    add(this.flows.dropped, flow, lost + resent);
    return bytes - lost - resent;
  }

  private deliver(flow: number, sink: number, bytes: number): void {
    add(this.flows.delivered, flow, bytes);
    if (at(this.drainFraction, sink) < 1) add(this.nicBuffer, sink, bytes);
  }

  private drainNics(): void {
    const { nicBuffer, drainFraction } = this;
    for (let port = 0; port < this.portCount; port++) {
      const held = at(nicBuffer, port);
      if (held === 0) continue;
      nicBuffer[port] = Math.max(0, held - at(drainFraction, port) * at(this.nominalRate, port) * TICK_MS);
    }
  }

  /** A copy that goes its own way from here. */
  clone(): Network {
    const copy = new Network(this.topology, this.settings);
    for (const [name, values] of Object.entries(clonePortCounters(this.counters))) {
      copy.counters[name as keyof PortCounters].set(values);
    }
    for (const name of CLONED_COLUMNS) copy[name].set(this[name]);
    copy.flows = this.flows.clone();
    copy.nicBuffer.set(this.nicBuffer);
    copy.refreshDueMs.set(this.refreshDueMs);
    copy.nowMs = this.nowMs;
    return copy;
  }
}

const CLONED_COLUMNS = [
  'rate',
  'up',
  'lossFraction',
  'forcedXoff',
  'drainFraction',
  'ignorePause',
  'xoff',
  'queue',
  'watermark',
] as const;
