import { IntervalMeter, pollLoop } from '../../lib/collect/poll-loop.ts';
import type { CollectorContext, ProbeResult, Source } from '../../lib/collect/types.ts';
import type { ReadingFrame } from '../../lib/counters/reading.ts';
import type { CollectorError } from '../../lib/errors.ts';
import { Adjustments } from './adjust.ts';
import { Adviser, asFailure, isOfTheDevice } from './advice.ts';
import { type SnmpConfig, splitAddress } from './config.ts';
import { SystemClock } from './device-clock.ts';
import { type DeviceMap, keepUnread, planOf, samePlanInput } from './device-map.ts';
import { fieldsOf, fieldsOfTarget } from './fields.ts';
import { FlapCounter } from './flaps.ts';
import { TargetStatus } from './health.ts';
import { LinkReport } from './links.ts';
import { fabricNames } from './names.ts';
import { OpticsReader } from './optics.ts';
import { toReading } from './parse.ts';
import { PathBoard } from './path-board.ts';
import { AnswerBudget } from './plan/budget.ts';
import { MAX_COLUMNS } from './plan/columns.ts';
import { countsOtherwise } from './plan/origins.ts';
import type { PollPlan } from './plan/plan.ts';
import { Poller, type PollResult } from './plan/poller.ts';
import { probeDevice } from './probe.ts';
import { profileNamed } from './profiles/index.ts';
import { Survey } from './survey.ts';
import { trapSubscribers } from './traps/subscribers.ts';
import type { Trap } from './traps/trap.ts';
import { readUptime, type Uptime, UptimeTracker } from './uptime.ts';
import { securityFor } from './wire/auth.ts';
import { SnmpSession } from './wire/session.ts';

/** How often a device's clock is looked at, ms. */
const CLOCK_MS = 60_000;

/** One device read over SNMP. */
export class SnmpSource implements Source {
  private readonly session: SnmpSession;
  private readonly status: TargetStatus;
  private readonly paths: PathBoard;
  private readonly deviceClock: SystemClock;
  private clockAtMs = 0;
  private readonly meter: IntervalMeter;
  private readonly budget: AnswerBudget;
  private readonly uptime = new UptimeTracker();
  private readonly survey: Survey;
  private readonly links: LinkReport;
  private readonly adviser: Adviser;
  private map: DeviceMap | null = null;
  private poller: Poller | null = null;
  private adjustments = new Adjustments(false);
  private readonly flaps = new FlapCounter();
  private planned: PollPlan | null = null;
  private era = 0;
  private optics: OpticsReader | null = null;
  private opticsAtMs = 0;
  private readingOptics = false;
  private changeMark: string | null = null;
  private polling: Promise<void> | null = null;
  private earlyPolledMs = Number.NEGATIVE_INFINITY;
  private earlyWaits = false;

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
      maxAnswerBytes: config.maxAnswerBytes,
    });
    this.meter = new IntervalMeter(config.interval);
    this.paths = new PathBoard(config);
    this.deviceClock = new SystemClock(this.session);
    const { collectorId, clock } = context;
    this.status = new TargetStatus(config, collectorId, clock, this.meter, this.paths, this.deviceClock);
    const { headBytes } = this.session.options.security;
    this.budget = new AnswerBudget(config.maxAnswerBytes, config.maxRepetitions, headBytes);
    this.survey = new Survey(this.session, config, context, {
      found: (map) => this.take(map),
      surveyed: () => this.paths.answered('neighbours', context.clock.now()),
      failed: (error) => this.failed(error, (message, atMs) => this.paths.failed('neighbours', message, atMs)),
    });
    this.links = new LinkReport(config, context.sink, fabricNames);
    this.adviser = new Adviser(config, context.clock);
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
      failed: (error) => this.pollFailed(error),
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
      return await probeDevice(this.session, this.config);
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
    this.survey.deviceTrapped();
    if (this.earlyWaits) return;
    this.earlyWaits = true;
    // A poll in flight may have read the port before the change.
    await this.polling?.catch(() => {});
    this.earlyWaits = false;
    if (signal.aborted) return;
    this.earlyPolledMs = performance.now();
    await this.pollOnce().catch((error: unknown) => this.pollFailed(error));
  }

  /** One reading of the device. What it throws is told as the target's error. */
  private async poll(): Promise<void> {
    const up = await readUptime(this.session);
    this.heed(up);
    if (this.poller === null) await this.survey.first();
    const asked = await this.askAll();
    if (asked === null) return;
    const { poller, result } = asked;
    await this.emit(poller, result, up);
    if (result.changed) this.deviceChanged('rows changed');
    if (this.map !== null) this.links.tellIfRenamed(this.map);
    if (!this.survey.beginWhenDue()) this.readOptics();
    this.readClock();
  }

  /** Between polls and patiently: of all that a device tells, its clock is worth the least. */
  private readClock(): void {
    const { clock } = this.context;
    if (clock.now() < this.clockAtMs) return;
    this.clockAtMs = clock.now() + CLOCK_MS;
    void this.deviceClock.read(() => clock.now());
  }

  /** Notices what an answer says of restarts and changes. */
  private heed(up: Uptime): void {
    const { changeMark } = this;
    this.changeMark = up.changeMark;
    if (this.uptime.advance(up) === 'restarted') {
      this.context.logger.info({ target: this.config.name }, 'device restarted: reading it afresh');
      // No reading until the map is new: an index may mean another port.
      this.poller = null;
      this.survey.deviceRestarted();
    } else if (changeMark !== null && up.changeMark !== changeMark) {
      this.deviceChanged('interfaces or neighbours changed');
    }
  }

  private deviceChanged(reason: string): void {
    this.context.logger.info({ target: this.config.name, reason }, 'reading the device afresh');
    this.survey.deviceChanged();
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
      this.survey.save(map);
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
      .then(() => this.paths.opticsRead(optics.gauges.flatMap(fieldsOfTarget), this.context.clock.now()))
      .catch((error: unknown) => this.opticsFailed(asFailure(error)))
      .finally(() => {
        this.readingOptics = false;
      });
  }

  /** Sensors that the agent fails over are no failure of the device: their path tells it. */
  private async opticsFailed(error: CollectorError): Promise<void> {
    const tellPath = (message: string, atMs: number): void => this.paths.failed('optics', message, atMs);
    if (isOfTheDevice(error)) await this.failed(error, tellPath);
    else tellPath(await this.explain(error), this.context.clock.now());
  }

  private take(map: DeviceMap): void {
    const same = this.map !== null && samePlanInput(this.map, map);
    if (this.map !== null) keepUnread(map, this.map);
    // What a long watch has shown outlives a new discovery of the same device.
    map.microseconds ||= this.adjustments.microseconds;
    if (this.map !== null && this.poller !== null) map.maxColumns = Math.min(map.maxColumns, this.map.maxColumns);
    this.map = map;
    const { sysName, chassisId } = map.head;
    const { interfaces, lagMembers } = map;
    fabricNames.set(this.config.name, { sysName, chassisId, interfaces, lagMembers });
    this.links.tell(map);
    if (same && this.poller !== null) {
      this.optics?.findAgain();
      return;
    }
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
    const profile = profileNamed(map.profile);
    this.paths.planned(plan, profile.optics);
    this.status.ports = plan.ports.length;
    this.status.notes = profile.notes;
    this.refuse(plan.refused, map);
    this.status.missing = fieldsOf(plan, this.optics?.gauges ?? []).missing;
    return plan.ports.length;
  }

  private async emit(poller: Poller, result: PollResult, up: Uptime): Promise<void> {
    const error = result.error === null ? null : await this.explain(result.error);
    const unixMs = this.context.clock.now() - performance.now();
    await this.tellPaths(result);
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
    const flaps = this.flaps.count(plan, result.values, ticks);
    if (flaps !== null) frame.counters.push(flaps);
    this.context.sink.readings(frame);
    if (result.error === null) this.budget.pollDone(performance.now());
    this.status.succeeded(error);
    this.tell();
  }

  private async tellPaths({ values, groupErrors }: PollResult): Promise<void> {
    const failures = new Map<number, string>();
    for (const [group, error] of groupErrors) failures.set(group, await this.explain(error));
    this.paths.polled({ values, failures }, this.context.clock.now());
  }

  /** What is not used, for the whole target and by path. */
  private refuse(refused: readonly string[], map: DeviceMap | null): void {
    this.paths.refused = [...refused];
    this.status.refused = [...refused, ...(map === null ? [] : limitsOf(map))];
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
    this.refuse([...plan.refused, ...this.adjustments.refused(plan)], this.map);
    if (this.map !== null && this.adjustments.microseconds && !proven) {
      this.map.microseconds = true;
      this.survey.save(this.map);
    }
    const optics = this.optics?.take(plan.ports) ?? [];
    frame.gauges.push(...optics);
    if (optics.length > 0) this.status.missing = fieldsOf(plan, this.optics?.gauges ?? []).missing;
  }

  /** No reading at all. */
  private pollFailed(error: unknown): Promise<void> {
    return this.failed(asFailure(error), (message, atMs) => this.paths.allFailed(message, atMs));
  }

  private async failed(error: CollectorError, tellPath: (message: string, atMs: number) => void): Promise<void> {
    if (error.code === 'cancelled') return;
    const message = await this.explain(error);
    tellPath(message, this.context.clock.now());
    this.status.failed(message);
    this.tell();
  }

  private explain(error: CollectorError): Promise<string> {
    return this.adviser.explain(error, this.session.engineBoots !== null && !this.status.everSucceeded);
  }

  private tell(): void {
    const health = this.status.toTell();
    if (health !== null) this.context.sink.health(health);
  }
}

/** What the operator should know of how this device is asked. */
function limitsOf({ maxColumns, unread }: DeviceMap): string[] {
  if (maxColumns >= MAX_COLUMNS) return unread;
  return [
    ...unread,
    `answers hold only ${maxColumns} of ${MAX_COLUMNS} columns: a poll takes more requests than usual`,
  ];
}
