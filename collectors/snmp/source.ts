import { join } from 'node:path';
import { IntervalMeter, pollLoop } from '../../lib/collect/poll-loop.ts';
import { readStateFile, stateFileName, writeStateFile } from '../../lib/collect/state-file.ts';
import type { CollectorContext, ProbeResult, Source } from '../../lib/collect/types.ts';
import type { ReadingFrame } from '../../lib/counters/reading.ts';
import { CollectorError } from '../../lib/errors.ts';
import type { DeviceRole } from '../../lib/topology/types.ts';
import { Adjustments } from './adjust.ts';
import { explainFailure } from './advice.ts';
import { type SnmpConfig, splitAddress } from './config.ts';
import { type DeviceMap, discover, fromSaved, planOf, samePlanInput, toSaved } from './device-map.ts';
import { readHead } from './discovery/device.ts';
import { fieldsOf } from './fields.ts';
import { TargetStatus } from './health.ts';
import { linksOf } from './links.ts';
import { fabricNames } from './names.ts';
import { OpticsReader } from './optics.ts';
import { toReading } from './parse.ts';
import { AnswerBudget } from './plan/budget.ts';
import { MAX_COLUMNS } from './plan/columns.ts';
import { countsOtherwise } from './plan/origins.ts';
import type { PollPlan } from './plan/plan.ts';
import { Poller, type PollResult } from './plan/poller.ts';
import { GENERIC } from './profiles/generic.ts';
import { profileNamed } from './profiles/index.ts';
import { trapSubscribers } from './traps/subscribers.ts';
import type { Trap } from './traps/trap.ts';
import { Turns } from './turns.ts';
import { readUptime, type Uptime, UptimeTracker } from './uptime.ts';
import { securityFor } from './wire/auth.ts';
import { engineAnswers } from './wire/engine-probe.ts';
import { SnmpSession } from './wire/session.ts';

/** Longest wait after a failed discovery, and shortest between two that a change asked for, ms: discovery is heavy. */
const DISCOVERY_RETRY_MS = 30_000;
/** Discovery makes an object of every value: a fabric's switches take it in turns, which bounds memory at the start. */
const discoveries = new Turns(16, 10_000);
/** How often a silent address is asked whether an SNMP engine is there at all, ms. */
const ENGINE_PROBE_MS = 300_000;

/** One device read over SNMP. */
export class SnmpSource implements Source {
  private readonly session: SnmpSession;
  private readonly status: TargetStatus;
  private readonly meter: IntervalMeter;
  private readonly budget: AnswerBudget;
  private readonly uptime = new UptimeTracker();
  private readonly stateFile: string;
  private map: DeviceMap | null = null;
  private poller: Poller | null = null;
  private discovering: Promise<void> | null = null;
  private discoverAtMs = 0;
  private discoveredMs = Number.NEGATIVE_INFINITY;
  private adjustments = new Adjustments(false);
  private planned: PollPlan | null = null;
  private era = 0;
  private optics: OpticsReader | null = null;
  private opticsAtMs = 0;
  private readingOptics = false;
  private changeMark: string | null = null;
  private toldNames = -1;
  private toldLinks = '';
  private discoveryFailures = 0;
  private polling: Promise<void> | null = null;
  private earlyPolledMs = Number.NEGATIVE_INFINITY;
  private earlyWaits = false;
  private trapDiscoveryMs = Number.NEGATIVE_INFINITY;
  private engine: { answered: boolean; atMs: number } | null = null;

  constructor(
    private readonly config: SnmpConfig,
    private readonly context: CollectorContext,
  ) {
    const { host, port } = splitAddress(config.address);
    this.session = new SnmpSession({
      host,
      port,
      security: securityFor(config.auth),
      timeoutMs: config.timeout,
      retries: config.retries,
      maxInFlight: config.maxInFlight,
    });
    this.meter = new IntervalMeter(config.interval);
    this.status = new TargetStatus(config, context.collectorId, context.clock, this.meter);
    this.budget = new AnswerBudget(config.maxAnswerBytes, config.maxRepetitions);
    this.stateFile = join(context.stateDir, `snmp-${stateFileName(config.name)}`);
  }

  async start(signal: AbortSignal): Promise<void> {
    const { context, config } = this;
    context.sink.links(config.name, [{ device: config.name, role: config.role ?? 'unknown', polled: true }], []);
    signal.addEventListener('abort', () => this.session.close(), { once: true });
    const { host } = splitAddress(config.address);
    const trapped = (trap: Trap): void => void this.trapped(trap, signal);
    const unsubscribe = trapSubscribers.add({ device: config.name, host, auth: config.auth, trapped });
    await pollLoop({
      key: config.name,
      intervalMs: config.interval,
      clock: context.clock,
      signal,
      meter: this.meter,
      poll: () => this.pollOnBeat(),
      failed: (error) => this.failed(asFailure(error)),
    });
    unsubscribe();
    this.session.close();
    await this.polling?.catch(() => {});
    fabricNames.forget(config.name);
  }

  async probe(signal: AbortSignal): Promise<ProbeResult> {
    const stop = (): void => this.session.close();
    signal.addEventListener('abort', stop, { once: true });
    try {
      const map = await discover(this.session, this.config);
      const plan = planOf(map, this.config.interval);
      const optics = new OpticsReader(this.session, profileNamed(map.profile).optics, map.interfaces);
      await optics.read();
      const { shows, missing } = fieldsOf(plan, optics.gauges);
      const profile = profileNamed(map.profile);
      const remarks = [...plan.refused, ...profile.notes];
      return {
        ok: true,
        message: `${profile.title} "${map.head.sysName}" answers with ${plan.ports.length} ports${remarks.length > 0 ? ` (${remarks.join('; ')})` : ''}`,
        device: this.config.name,
        ports: plan.ports.length,
        shows,
        cannotShow: missing,
      };
    } catch (error) {
      return { ok: false, message: await this.explain(asFailure(error)), shows: [], cannotShow: [] };
    } finally {
      signal.removeEventListener('abort', stop);
      this.session.close();
    }
  }

  /** A tick right behind an early poll is let go, as the loop does with a late one: half an interval says too little. */
  private async pollOnBeat(): Promise<void> {
    if (performance.now() - this.earlyPolledMs < this.config.interval / 2) return;
    await this.pollOnce();
  }

  /** Polls never overlap: who comes while one runs gets the result of that one. */
  private pollOnce(): Promise<void> {
    this.polling ??= this.poll().finally(() => {
      this.polling = null;
    });
    return this.polling;
  }

  /** The device says that something happened: look at once, and find out again what is connected to what. */
  private async trapped(trap: Trap, signal: AbortSignal): Promise<void> {
    this.context.logger.info({ trap: trap.name, ifIndex: trap.ifIndex, atMs: trap.atMs }, 'trap received');
    const nowMs = this.context.clock.now();
    if (nowMs - this.trapDiscoveryMs >= DISCOVERY_RETRY_MS) {
      this.trapDiscoveryMs = nowMs;
      this.discoverAtMs = Math.min(this.discoverAtMs, nowMs);
    } else {
      this.discoverAtMs = Math.min(this.discoverAtMs, this.trapDiscoveryMs + DISCOVERY_RETRY_MS);
    }
    if (this.earlyWaits) return;
    this.earlyWaits = true;
    // A poll in flight may have read the port before the change.
    await this.polling?.catch(() => {});
    this.earlyWaits = false;
    if (signal.aborted) return;
    this.earlyPolledMs = performance.now();
    await this.pollOnce().catch((error: unknown) => this.failed(asFailure(error)));
  }

  /** One reading of the device. What it throws is told as the target's error. */
  private async poll(): Promise<void> {
    const up = await readUptime(this.session);
    if (this.uptime.advance(up) === 'restarted') this.deviceChanged('device restarted');
    if (this.changeMark !== null && up.changeMark !== this.changeMark)
      this.deviceChanged('interfaces or neighbours changed');
    this.changeMark = up.changeMark;
    if (this.poller === null) await this.prepare();
    const asked = await this.askAll();
    if (asked === null) return;
    const { poller, result } = asked;
    await this.emit(poller, result, up);
    if (result.changed) this.deviceChanged('rows changed');
    if (fabricNames.version !== this.toldNames) this.tellLinks();
    if (this.context.clock.now() >= this.discoverAtMs) this.rediscover();
    else this.readOptics();
  }

  /** One round over the plan; over a narrower one where the device's answers do not hold a row of this one. */
  private async askAll(): Promise<{ poller: Poller; result: PollResult } | null> {
    for (;;) {
      const { poller, map } = this;
      if (poller === null || map === null) return null;
      const result = await poller.poll();
      const { columnsFit } = result;
      if (columnsFit === null || columnsFit >= map.maxColumns) return { poller, result };
      this.context.logger.info({ target: this.config.name, columnsFit }, 'answers are small: asking for fewer columns');
      map.maxColumns = columnsFit;
      this.plan(map);
      writeStateFile(this.stateFile, toSaved(this.config.address, map));
    }
  }

  /** Optics change slowly and their tables are long: read between polls, patiently. */
  private readOptics(): void {
    const { optics, config } = this;
    const nowMs = this.context.clock.now();
    if (optics === null || config.optics === 0 || this.readingOptics || nowMs < this.opticsAtMs) return;
    this.opticsAtMs = nowMs + config.optics;
    this.readingOptics = true;
    optics
      .read()
      .catch((error: unknown) => this.failed(asFailure(error)))
      .finally(() => {
        this.readingOptics = false;
      });
  }

  /** Without a plan there is nothing to poll: take the saved row map where it still holds, else discover now. */
  private async prepare(): Promise<void> {
    const nowMs = this.context.clock.now();
    if (this.discovering !== null || nowMs < this.discoverAtMs) return;
    const saved = fromSaved(readStateFile(this.stateFile), this.config.address, await readHead(this.session));
    if (saved !== null) {
      this.take(saved);
      // The map is used at once and checked soon, spread by the caller's own pace.
      this.discoverAtMs = nowMs + this.config.interval;
      return;
    }
    this.rediscover();
    await this.discovering;
  }

  /** Discovery in the background: polls go on with the old plan meanwhile. */
  private rediscover(): void {
    if (this.discovering !== null) return;
    this.discoveredMs = this.context.clock.now();
    this.discoverAtMs = this.discoveredMs + this.config.discovery;
    this.discovering = this.discoverOnce().finally(() => {
      this.discovering = null;
    });
  }

  private async discoverOnce(): Promise<void> {
    try {
      const map = await discoveries.run(() => discover(this.session, this.config));
      this.discoveryFailures = 0;
      this.take(map);
      writeStateFile(this.stateFile, toSaved(this.config.address, map));
    } catch (error) {
      const failure = asFailure(error);
      if (failure.code === 'cancelled') return;
      // Soon after the first failure, which may have been one lost answer; then half as often each time.
      const waitMs = Math.min(DISCOVERY_RETRY_MS, this.config.interval * 2 ** this.discoveryFailures);
      this.discoveryFailures++;
      this.discoverAtMs = this.context.clock.now() + waitMs;
      await this.failed(failure);
    }
  }

  private take(map: DeviceMap): void {
    const same = this.map !== null && samePlanInput(this.map, map);
    // What a long watch has shown outlives a new discovery of the same device.
    map.microseconds ||= this.adjustments.microseconds;
    if (this.map !== null && this.poller !== null) map.maxColumns = Math.min(map.maxColumns, this.map.maxColumns);
    this.map = map;
    const { sysName, chassisId } = map.head;
    fabricNames.set(this.config.name, { sysName, chassisId, interfaces: map.interfaces });
    this.tellLinks();
    if (same && this.poller !== null) return;
    this.adjustments = new Adjustments(map.microseconds);
    this.optics = new OpticsReader(this.session, profileNamed(map.profile).optics, map.interfaces);
    const ports = this.plan(map);
    this.context.logger.info({ target: this.config.name, profile: map.profile, ports }, 'device discovered');
  }

  /** Plans the polls of a map. @returns how many ports they read */
  private plan(map: DeviceMap): number {
    const plan = planOf(map, this.config.interval);
    if (this.planned !== null && countsOtherwise(this.planned, plan)) this.era++;
    this.planned = plan;
    this.poller = new Poller(plan, this.session, this.budget);
    this.status.ports = plan.ports.length;
    this.status.refused = [...plan.refused, ...limitsOf(map)];
    this.status.missing = fieldsOf(plan, this.optics?.gauges ?? []).missing;
    return plan.ports.length;
  }

  /** Links go out when they differ from the last ones: names of neighbours may have become known meanwhile. */
  private tellLinks(): void {
    const { config, map } = this;
    if (map === null) return;
    this.toldNames = fabricNames.version;
    const found = linksOf(config.name, this.role(map), map, fabricNames);
    const text = JSON.stringify(found);
    if (text === this.toldLinks) return;
    this.toldLinks = text;
    this.context.sink.links(config.name, found.devices, found.links);
  }

  /** What the config says; else what the device says; a switch vendor's agent without LLDP is a switch all the same. */
  private role(map: DeviceMap): DeviceRole {
    if (this.config.role !== undefined) return this.config.role;
    if (map.head.role !== 'unknown') return map.head.role;
    return map.profile === GENERIC.name ? 'unknown' : 'switch';
  }

  private deviceChanged(reason: string): void {
    this.context.logger.info({ target: this.config.name, reason }, 'reading the device afresh');
    // After a restart an index may mean another port: no reading until the map is new.
    if (reason === 'device restarted') {
      this.poller = null;
      this.discoverAtMs = 0;
      return;
    }
    // A flapping table must not keep the device busy with discovery.
    const soonest = this.discoveredMs + DISCOVERY_RETRY_MS;
    this.discoverAtMs = Math.min(this.discoverAtMs, Math.max(soonest, this.context.clock.now()));
  }

  private async emit(poller: Poller, result: PollResult, up: Uptime): Promise<void> {
    const error = result.error === null ? null : await this.explain(result.error);
    const unixMs = this.context.clock.now() - performance.now();
    if (!result.portMs.some((ms) => !Number.isNaN(ms))) {
      this.status.failed(error ?? `${this.config.address}: the device answered none of its ports`);
      this.tell();
      return;
    }
    const { plan } = poller;
    const { ticks, atMs } = up;
    if (ticks !== null) this.adjustments.toSampleTime(plan, result.values, { ticks, atMs }, result.portMs);
    const frame = toReading(plan, result.values, {
      device: this.config.name,
      atMs: result.portMs.map((ms) => ms + unixMs),
      clockErrorMs: result.halfRoundTripMs + (profileNamed(this.map?.profile ?? '').refreshMs ?? 0),
      bootId: this.bootId,
      uptimeMs: this.uptime.uptimeMs,
    });
    this.adjust(plan, frame);
    this.context.sink.readings(frame);
    if (result.error === null) this.budget.pollDone(performance.now());
    this.status.succeeded(error);
    this.tell();
  }

  /** Changes when the device restarts, and when its counters are read from other objects than before. */
  private get bootId(): string {
    const boots = String(this.uptime.engineBoots ?? '');
    return this.era === 0 ? boots : `${boots}/${this.era}`;
  }

  /** What earlier polls say about this one, and the optics that were read since. */
  private adjust(plan: PollPlan, frame: ReadingFrame): void {
    const proven = this.adjustments.microseconds;
    this.adjustments.apply(plan, frame);
    const limits = this.map === null ? [] : limitsOf(this.map);
    this.status.refused = [...plan.refused, ...this.adjustments.refused(plan), ...limits];
    if (this.map !== null && this.adjustments.microseconds && !proven) {
      this.map.microseconds = true;
      writeStateFile(this.stateFile, toSaved(this.config.address, this.map));
    }
    const optics = this.optics?.take(plan.ports) ?? [];
    frame.gauges.push(...optics);
    if (optics.length > 0) this.status.missing = fieldsOf(plan, this.optics?.gauges ?? []).missing;
  }

  private async failed(error: CollectorError): Promise<void> {
    if (error.code === 'cancelled') return;
    this.status.failed(await this.explain(error));
    this.tell();
  }

  private async explain(error: CollectorError): Promise<string> {
    // A v3 engine that was discovered but never answered a request in full does not understand what we encrypt.
    let answered: boolean | null = this.session.engineBoots !== null && !this.status.everSucceeded;
    if (error.code === 'timeout' && this.config.auth.version === '2c') {
      const nowMs = this.context.clock.now();
      if (this.engine === null || nowMs - this.engine.atMs > ENGINE_PROBE_MS) {
        const { host, port } = splitAddress(this.config.address);
        this.engine = { answered: await engineAnswers(host, port, this.config.timeout), atMs: nowMs };
      }
      answered = this.engine.answered;
    }
    return explainFailure(error, this.config, answered);
  }

  private tell(): void {
    const health = this.status.toTell();
    if (health !== null) this.context.sink.health(health);
  }
}

/** What the operator should know of how this device is asked. */
function limitsOf({ maxColumns }: DeviceMap): string[] {
  if (maxColumns >= MAX_COLUMNS) return [];
  return [`answers hold only ${maxColumns} of ${MAX_COLUMNS} columns: a poll takes more requests than usual`];
}

function asFailure(error: unknown): CollectorError {
  if (error instanceof CollectorError) return error;
  // Not of the device's making: a bug of ours, but one device's bug must not stop the others.
  return new CollectorError('invariant', error instanceof Error ? error.message : String(error), { cause: error });
}
