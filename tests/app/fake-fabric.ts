import type {
  Delivery,
  HeatCell,
  IntakeView,
  JobDetail,
  OverviewView,
  Page,
  PortDetail,
  PortPage,
  PortRow,
  RankMap,
  SeriesAnswer,
  StepExplanation,
  Strip,
  TopologyView,
} from '../../lib/api/types.ts';
import type { Incident } from '../../lib/diagnosis/incident.ts';
import type { TargetHealth } from '../../lib/events/events.ts';
import type { PortListQuery } from '../../lib/queries/port-list.ts';
import type { PageQuery, Queries, TimeQuery } from '../../lib/queries/types.ts';
import type { SampleField } from '../../lib/samples/fields.ts';
import type { PortRef } from '../../lib/topology/types.ts';
import type { CollectiveRecord } from '../../lib/training/collective.ts';
import type { JobSummary, StepCause, StepVerdict } from '../../lib/training/step.ts';

/** What the fake shows: a storm, nothing wrong, nothing configured, silent targets, errors, or 33,600 ports. */
export type FakeMode = 'storm' | 'quiet' | 'empty' | 'stale' | 'broken' | 'large';

const LEAVES = ['leaf1', 'leaf2', 'leaf3', 'leaf4'];
const SPINES = ['spine1', 'spine2', 'spine3', 'spine4'];
const HOSTS_PER_LEAF = 8;
const STEP_MS = 3000;
const MINUTE = 60_000;

/** A hostile name: whatever a device says of its ports must survive links, titles and tables. */
export const HOSTILE_PORT: PortRef = { device: 'leaf4', port: 'Eth "1/8" <script>alert(1)</script>?#&%2F' };

/** Moving numbers without state: the same instant always gives the same value. */
function wave(seed: number, atMs: number, periodMs: number): number {
  const noise = Math.sin(seed * 12.9898 + Math.floor(atMs / 1000) * 78.233) * 43758.5453;
  return 0.5 + 0.35 * Math.sin((2 * Math.PI * (atMs + seed * 977)) / periodMs) + 0.15 * (noise - Math.floor(noise));
}

/** A monitor's answers for a 4 x 4 fabric with two jobs, as a function of the clock. For tests and for looking at pages. */
export class FakeFabric implements Queries {
  mode: FakeMode;
  readonly #clock: () => number;
  readonly #startMs: number;
  readonly #stormMs: number;
  readonly #deliveries: Delivery[];

  constructor(mode: FakeMode = 'storm', clock: () => number = Date.now) {
    this.mode = mode;
    this.#clock = clock;
    this.#startMs = clock() - 20 * MINUTE;
    this.#stormMs = clock() - MINUTE;
    this.#deliveries = this.#firstDeliveries();
  }

  #checkBroken(): void {
    if (this.mode === 'broken') throw new Error('the store does not answer: /data/store is not writable');
  }

  // ---- topology -------------------------------------------------------------------------------------------------

  #ports(): { ref: PortRef; peer: PortRef; host: boolean }[] {
    const ports: { ref: PortRef; peer: PortRef; host: boolean }[] = [];
    LEAVES.forEach((leaf, leafIndex) => {
      for (let host = 1; host <= HOSTS_PER_LEAF; host++) {
        const gpu = { device: `gpu${String(leafIndex * HOSTS_PER_LEAF + host).padStart(2, '0')}`, port: 'mlx5_0' };
        const hostile = leaf === HOSTILE_PORT.device && host === HOSTS_PER_LEAF;
        const port = hostile ? HOSTILE_PORT : { device: leaf, port: `Ethernet1/${host}` };
        ports.push({ ref: port, peer: gpu, host: true }, { ref: gpu, peer: port, host: false });
      }
      SPINES.forEach((spine, spineIndex) => {
        const up = { device: leaf, port: `Ethernet2/${spineIndex + 1}` };
        const down = { device: spine, port: `Ethernet1/${leafIndex + 1}` };
        ports.push({ ref: up, peer: down, host: false }, { ref: down, peer: up, host: false });
      });
    });
    return ports;
  }

  #storming(atMs: number): boolean {
    return this.mode === 'storm' && atMs >= this.#stormMs;
  }

  /** rx pause of one port at one instant. */
  #pause(ref: PortRef, atMs: number): number {
    const index = [...`${ref.device}/${ref.port}`].reduce((sum, letter) => sum + letter.charCodeAt(0), 0);
    const calm = wave(index, atMs, 40_000) > 0.85 ? 0.004 : 0;
    if (!this.#storming(atMs)) return calm;
    if (ref.device === 'leaf3' && ref.port === 'Ethernet1/5') return 0.62 + 0.1 * wave(3, atMs, 9000);
    if (ref.device.startsWith('spine') && ref.port === 'Ethernet1/3') return 0.16 * wave(index, atMs, 11_000);
    if (ref.device === 'leaf1' && ref.port.startsWith('Ethernet2/')) return 0.09 * wave(index, atMs, 13_000);
    if (ref.device === 'leaf2' && ref.port.startsWith('Ethernet2/')) return 0.03 * wave(index, atMs, 17_000);
    return calm;
  }

  #jobsOf(ref: PortRef): string[] {
    const host = /^gpu(\d+)$/.exec(ref.device)?.[1];
    if (host === undefined) return ref.device === 'leaf1' || ref.device === 'leaf3' ? ['llama-70b'] : [];
    return Number(host) <= 16 ? ['llama-70b'] : Number(host) <= 24 ? ['moe-8x7b'] : [];
  }

  #value(ref: PortRef, field: SampleField, atMs: number): number | undefined {
    const seed = ref.device.length * 31 + ref.port.length;
    const util = this.mode === 'empty' ? 0 : 0.25 + 0.5 * wave(seed, atMs, STEP_MS * 5);
    const pause = this.#pause(ref, atMs);
    const rate = ref.device.startsWith('spine') || ref.port.startsWith('Ethernet2/') ? 200e9 : 100e9;
    const values: Partial<Record<SampleField, number>> = {
      rxUtilFraction: util * (1 - pause),
      txUtilFraction: util * (1 - pause) * 0.9,
      rxBytesPerSec: (util * rate) / 8,
      txBytesPerSec: (util * 0.9 * rate) / 8,
      rxPauseFraction: pause,
      txPauseFraction: pause * 0.2,
      rxPauseFramesPerSec: pause * 48_000,
      ecnMarkFraction: pause > 0.02 ? 0.15 * wave(seed, atMs, 7000) : 0.001,
      ecnMarkedPerSec: pause > 0.02 ? 21_000 : 120,
      cnpSentPerSec: pause * 9000,
      cnpHandledPerSec: pause * 8500,
      dropsPerSec: 0,
      queueWatermarkBytes: 20_000 + pause * 900_000,
      linkUp: 1,
      linkRateBitsPerSec: rate,
    };
    return values[field];
  }

  #row(port: { ref: PortRef; peer: PortRef }): PortRow {
    const now = this.#clock();
    const stale = this.mode === 'stale' || (port.ref.device === 'spine4' && this.mode === 'storm');
    const atMs = stale ? now - 4 * MINUTE : now - (now % 1000);
    const latest: PortRow['latest'] = {};
    for (const field of GIVEN_FIELDS) {
      const value = this.#value(port.ref, field, atMs);
      if (value !== undefined) latest[field] = value;
    }
    const jobs = this.#jobsOf(port.ref);
    return { ...port.ref, atMs, intervalMs: 1000, stale, peer: port.peer, jobs, latest, bounded: [] };
  }

  // ---- steps ----------------------------------------------------------------------------------------------------

  #stepCount(): number {
    return this.mode === 'empty' ? 0 : Math.floor((this.#clock() - this.#startMs) / STEP_MS);
  }

  #step(job: string, step: number): StepVerdict {
    const startMs = this.#startMs + step * STEP_MS;
    const baseline = job === 'llama-70b' ? 2.41 : 1.93;
    const spread = 0.06 * (wave(step + job.length, startMs, 47_000) - 0.5);
    const causes: StepCause[] = [];
    const notVisible: string[] = [];
    let late: StepVerdict['lateRank'];
    let excess = 0;
    const stormStep = this.#storming(startMs) && job === 'llama-70b';
    if (this.mode !== 'quiet' && step % 97 === 40) {
      excess = 0.82;
      late = { rank: 5, host: 'gpu06', latenessSeconds: 0.79 };
      causes.push({
        kind: 'compute-straggler',
        incident: null,
        seconds: 0.79,
        rank: 5,
        host: 'gpu06',
        label: 'confirmed',
        text: 'rank 5 on gpu06 finished its compute 790 ms after the median rank; its network wait was the shortest of all',
      });
    } else if (this.mode !== 'quiet' && step % 120 === 90) {
      excess = 4.2;
      causes.push({
        kind: 'checkpoint',
        incident: null,
        seconds: 4.1,
        label: 'confirmed',
        text: 'the step is tagged checkpoint',
      });
    } else if (this.mode !== 'quiet' && step % 173 === 12) {
      excess = 0.6;
      notVisible.push('spine4 was not polled in this step', 'ranks do not report when their compute ends');
    } else if (stormStep) {
      excess = 1.3 + 0.7 * wave(step, startMs, 23_000);
      causes.push(
        {
          kind: 'pause-storm',
          incident: 'inc-storm',
          seconds: excess * 0.9,
          secondsHigh: excess * 0.97,
          label: 'confirmed',
          text: 'leaf3/Ethernet1/5 was told to stop for 66 % of this step; its pause reached the job through spine1 to spine4',
        },
        {
          kind: 'data-stall',
          incident: null,
          seconds: excess * 0.04,
          label: 'possible',
          text: 'loading took 60 ms longer than usual',
        },
      );
    }
    const slow = excess > 0;
    const durationSeconds = baseline + spread + excess;
    const verdict = !slow
      ? null
      : causes.length === 0
        ? 'unknown'
        : stormStep && causes[0]?.incident
          ? 'network'
          : 'not-network';
    return {
      job,
      step,
      startMs,
      endMs: startMs + durationSeconds * 1000,
      durationSeconds,
      baselineSeconds: baseline,
      excessSeconds: slow ? Math.max(0, durationSeconds - baseline) : 0,
      slow,
      verdict,
      label: slow ? (causes[0]?.label ?? 'possible') : null,
      confidence: slow ? 0.86 : null,
      causes,
      reasons: slow
        ? [
            'The step took longer than baseline plus five times its spread.',
            causes[0]?.text ?? 'No cause reaches half of the excess.',
          ]
        : [],
      notVisible,
      ranks: job === 'llama-70b' ? 16 : 8,
      ...(late === undefined ? {} : { lateRank: late }),
      flags: step < 2 ? ['warmup'] : [],
    };
  }

  #steps(job: string): StepVerdict[] {
    return Array.from({ length: this.#stepCount() }, (_, step) => this.#step(job, step));
  }

  #summary(job: string): JobSummary {
    const steps = this.#steps(job);
    const byCause: JobSummary['lostSecondsByCause'] = {};
    let network = 0;
    for (const step of steps) {
      let claimed = 0;
      for (const cause of step.causes) {
        byCause[cause.kind] = (byCause[cause.kind] ?? 0) + cause.seconds;
        claimed += cause.seconds;
        if (cause.incident !== null) network += cause.seconds;
      }
      const rest = step.excessSeconds - claimed;
      if (rest > 0) byCause.unexplained = (byCause.unexplained ?? 0) + rest;
    }
    const last = steps.at(-1);
    return {
      job,
      steps: steps.length,
      slowSteps: steps.filter((step) => step.slow).length,
      lostSeconds: steps.reduce((sum, step) => sum + step.excessSeconds, 0),
      lostToNetworkSeconds: network,
      lostSecondsByCause: byCause,
      gpus: job === 'llama-70b' ? 128 : null,
      baselineSeconds: job === 'llama-70b' ? 2.41 : 1.93,
      lastStep: last?.step ?? null,
      lastStepEndMs: last?.endMs ?? null,
      state: 'running',
    };
  }

  #jobNames(): string[] {
    return this.mode === 'empty' ? [] : ['llama-70b', 'moe-8x7b'];
  }

  // ---- incidents ------------------------------------------------------------------------------------------------

  #incidents(): Incident[] {
    if (this.mode === 'empty' || this.mode === 'quiet') return [];
    const now = this.#clock();
    const storm: Incident = {
      id: 'inc-storm',
      kind: 'pause-storm',
      rootDevice: 'leaf3',
      rootPort: 'Ethernet1/5',
      priority: 3,
      startMs: this.#stormMs,
      endMs: null,
      detectedMs: this.#stormMs + 2000,
      severity: 'critical',
      confidence: 0.93,
      summary:
        'gpu21/mlx5_0 keeps telling leaf3/Ethernet1/5 to stop (66 % of the time on priority 3); four spines and two leaves wait for it. Look at the NIC of gpu21.',
      victims: [
        ...SPINES.map((spine) => ({ device: spine, port: 'Ethernet1/3' })),
        ...['leaf1', 'leaf2'].flatMap((leaf) => [1, 2, 3, 4].map((n) => ({ device: leaf, port: `Ethernet2/${n}` }))),
      ],
      senders: [
        { device: 'gpu03', port: 'mlx5_0' },
        { device: 'gpu11', port: 'mlx5_0' },
      ],
      edges: [
        ...SPINES.map((spine, index) => ({
          from: { device: spine, port: 'Ethernet1/3' },
          to: { device: 'leaf3', port: 'Ethernet1/5' },
          weight: 0.97 - index * 0.1,
        })),
        ...['leaf1', 'leaf2'].flatMap((leaf) =>
          SPINES.map((spine, index) => ({
            from: { device: leaf, port: `Ethernet2/${index + 1}` },
            to: { device: spine, port: 'Ethernet1/3' },
            weight: leaf === 'leaf1' ? 0.8 : 0.4,
          })),
        ),
      ],
      jobs: [
        {
          job: 'llama-70b',
          lostSeconds: Math.max(0, ((now - this.#stormMs) / STEP_MS) * 1.45),
          lostSecondsLow: Math.max(0, ((now - this.#stormMs) / STEP_MS) * 1.2),
          lostSecondsHigh: Math.max(0, ((now - this.#stormMs) / STEP_MS) * 1.6),
          steps: Math.floor((now - this.#stormMs) / STEP_MS),
        },
      ],
      evidence: [
        {
          text: 'rx pause 66 % of the interval at leaf3/Ethernet1/5, 20 intervals in a row',
          metric: 'rxPauseFraction',
          value: 0.66,
          threshold: 0.35,
          unit: 'fraction',
          startMs: this.#stormMs,
          endMs: now,
          basis: 'measured',
          port: { device: 'leaf3', port: 'Ethernet1/5' },
        },
        {
          text: 'the port sent at 31 % of its rate meanwhile: not an incast',
          metric: 'txUtilFraction',
          value: 0.31,
          threshold: 0.9,
          unit: 'fraction',
          startMs: this.#stormMs,
          endMs: now,
          basis: 'measured',
          port: { device: 'leaf3', port: 'Ethernet1/5' },
        },
        {
          text: 'pause of spine1/Ethernet1/3 follows within one interval',
          metric: 'rxPauseFraction',
          value: 0.12,
          unit: 'fraction',
          startMs: this.#stormMs + 1000,
          endMs: now,
          basis: 'inferred',
          port: { device: 'spine1', port: 'Ethernet1/3' },
        },
      ],
      notVisible: ['spine4 is silent: its part of the path is inferred from leaf1 and leaf3'],
    };
    const incast: Incident = {
      ...storm,
      id: 'inc/../incast?1',
      kind: 'incast',
      rootDevice: HOSTILE_PORT.device,
      rootPort: HOSTILE_PORT.port,
      startMs: this.#startMs + 4 * MINUTE,
      endMs: this.#startMs + 5 * MINUTE,
      detectedMs: this.#startMs + 4 * MINUTE + 3000,
      severity: 'warning',
      confidence: 0.71,
      summary: '11 senders met at one port of leaf4 for a minute.',
      victims: [{ device: 'leaf4', port: 'Ethernet1/2' }],
      edges: [],
      jobs: [],
      notVisible: [],
    };
    return this.mode === 'storm' ? [storm, incast] : [incast];
  }

  // ---- Queries --------------------------------------------------------------------------------------------------

  async overview(): Promise<OverviewView> {
    this.#checkBroken();
    const now = this.#clock();
    const empty = this.mode === 'empty';
    const incidents = this.#incidents();
    const open = incidents.filter((incident) => incident.endMs === null);
    const rows = empty ? [] : this.#ports().map((port) => this.#row(port));
    const steps = this.#jobNames().flatMap((job) => this.#steps(job).filter((step) => step.slow));
    const silent = this.mode === 'storm' ? ['spine4'] : this.mode === 'stale' ? [...LEAVES, ...SPINES] : [];
    return {
      atMs: now,
      sentence: this.#sentence(),
      state: { storm: 'hurting', quiet: 'ok', empty: 'unknown', stale: 'unknown', broken: 'unknown', large: 'ok' }[
        this.mode
      ] as OverviewView['state'],
      counts: {
        info: 0,
        warning: open.filter((incident) => incident.severity === 'warning').length,
        critical: open.filter((incident) => incident.severity === 'critical').length,
      },
      incidents,
      jobs: this.#jobNames().map((job) => this.#summary(job)),
      slowSteps: steps.toSorted((a, b) => b.endMs - a.endMs).slice(0, 20),
      heat: empty ? { leaves: [], spines: [], cells: [], edges: [] } : this.#heat(rows),
      topPorts: rows
        .map((row) => ({
          device: row.device,
          port: row.port,
          blockedFraction: row.latest.rxPauseFraction ?? 0,
          bounded: false,
        }))
        .sort((a, b) => b.blockedFraction - a.blockedFraction)
        .slice(0, 10),
      coverage: {
        targets: empty ? 0 : 40,
        targetsOk: empty ? 0 : 40 - silent.length,
        silent: silent.map((target) => ({
          target,
          silentMs: 4 * MINUTE,
          lastError: `${target} (127.0.0.1:161): no answer in 2 s`,
        })),
        stale: [],
        fresh: empty || this.mode === 'stale' ? 0 : 40 - silent.length,
        collectorsQuietMs: null,
        ports: rows.length,
        tellingPorts: rows.length,
        newestSampleMs: empty ? null : this.mode === 'stale' ? now - 4 * MINUTE : now - 700,
      },
    };
  }

  #sentence(): string {
    return {
      storm:
        'leaf3/Ethernet1/5 is paused 66 % of the time by gpu21 and slows llama-70b: every step takes 1.5 s longer.',
      quiet: 'Nothing hurts: 128 ports and 2 jobs are watched and no port holds up another.',
      empty: 'Cannot tell: no target is configured yet.',
      stale: 'Cannot tell: no switch has answered for 4 minutes.',
      large: 'Nothing is hurting.',
      broken: '',
    }[this.mode];
  }

  #heat(rows: readonly PortRow[]): OverviewView['heat'] {
    const byName = new Map(rows.map((row) => [`${row.device}/${row.port}`, row]));
    const cells: HeatCell[] = LEAVES.flatMap((leaf, leafIndex) =>
      SPINES.map((spine, spineIndex) => {
        const up = byName.get(`${leaf}/Ethernet2/${spineIndex + 1}`);
        const down = byName.get(`${spine}/Ethernet1/${leafIndex + 1}`);
        const worst = (down?.latest.rxPauseFraction ?? 0) > (up?.latest.rxPauseFraction ?? 0) ? down : up;
        const missing = spine === 'spine4' && leaf === 'leaf4' && this.mode === 'storm';
        return {
          leaf,
          spine,
          blockedFraction: missing ? null : (worst?.latest.rxPauseFraction ?? null),
          bounded: false,
          utilFraction: up?.latest.rxUtilFraction ?? null,
          port: worst ? { device: worst.device, port: worst.port } : null,
          stale: spine === 'spine4' && this.mode === 'storm',
        };
      }),
    );
    const edges = LEAVES.map((leaf) => {
      const worst = rows
        .filter((row) => row.device === leaf && !row.port.startsWith('Ethernet2/'))
        .sort((a, b) => (b.latest.rxPauseFraction ?? 0) - (a.latest.rxPauseFraction ?? 0))[0];
      return {
        leaf,
        blockedFraction: worst?.latest.rxPauseFraction ?? null,
        bounded: false,
        port: worst ? { device: worst.device, port: worst.port } : null,
        stale: false,
      };
    });
    return { leaves: LEAVES, spines: SPINES, cells, edges };
  }

  async topology(): Promise<TopologyView> {
    this.#checkBroken();
    const ports = this.mode === 'empty' ? [] : this.#ports();
    return {
      devices: [...new Set(ports.map((port) => port.ref.device))].map((device) => ({
        device,
        role: roleOf(device),
        polled: true,
      })),
      links: ports.map((port) => ({ a: port.ref, b: port.peer, source: 'lldp' })),
      jobs: [],
    };
  }

  async targets(page?: PageQuery): Promise<Page<TargetHealth>> {
    this.#checkBroken();
    if (this.mode === 'empty') return { items: [], nextCursor: null };
    const now = this.#clock();
    const names = [
      ...LEAVES,
      ...SPINES,
      ...Array.from({ length: 32 }, (_, n) => `gpu${String(n + 1).padStart(2, '0')}`),
    ];
    return paginate(
      names.map((name) => this.#target(name, now)),
      page,
    );
  }

  async intake(): Promise<IntakeView> {
    this.#checkBroken();
    if (this.mode !== 'storm') return { config: null, refusals: [] };
    const atMs = this.#clock() - 3 * MINUTE;
    return {
      config: {
        atMs,
        ok: false,
        message: 'stallscope.yaml:12: targets.3.intervall: unknown key, did you mean interval?',
      },
      refusals: [{ door: 'steps', records: 14, lastMs: atMs, lastDetail: 'endMs: must not lie before startMs' }],
    };
  }

  #target(name: string, now: number): TargetHealth {
    const host = name.startsWith('gpu');
    const silent = this.mode === 'stale' || (this.mode === 'storm' && name === 'spine4');
    return {
      target: name,
      device: name,
      collector: host ? 'host' : 'snmp',
      address: host ? `/sys of ${name}` : '127.0.0.1:16101',
      state: silent ? 'down' : name === 'leaf2' ? 'degraded' : 'ok',
      lastSuccessMs: silent ? now - 4 * MINUTE : now - 400,
      lastError: silent
        ? {
            atMs: now - 1500,
            message: `${name} (127.0.0.1:16104): no answer in 2 s, 3 tries; is the agent running and the community right?`,
          }
        : null,
      polls: 1200,
      failures: silent ? 240 : 0,
      ports: host ? 1 : 12,
      clockOffsetMs: host ? 3.2 : null,
      paths: [
        {
          path: 'counters',
          requestedIntervalMs: 1000,
          achievedIntervalMs: silent ? null : name === 'leaf2' ? 2140 : 1003,
          staircaseMs: name === 'spine1' ? 5000 : null,
        },
        {
          path: 'names and links',
          requestedIntervalMs: 60_000,
          achievedIntervalMs: silent ? null : 60_010,
          staircaseMs: null,
        },
      ],
      missing: host ? ['queueWatermarkBytes', 'ecnMarkFraction'] : ['preFecBer', 'temperatureC', 'rxPowerDbm'],
      refused: name === 'leaf4' ? ['ifInOctets: 32-bit at 100G wraps in 344 ms'] : [],
      shortestStormMs: name === 'spine1' ? 10_000 : 2000,
      collectedBy: 'collector-1',
      atMs: now,
    };
  }

  async strip(): Promise<Strip> {
    this.#checkBroken();
    const newest = Math.ceil(this.#clock() / 5000) * 5000;
    const endsMs = Array.from({ length: 180 }, (_, index) => newest - (179 - index) * 5000);
    const names = this.mode === 'empty' ? [] : [...LEAVES, ...SPINES];
    return {
      endsMs,
      devices: names.map((device) => {
        const own = this.#ports().filter(({ ref }) => ref.device === device);
        const silent = this.mode === 'stale' || (this.mode === 'storm' && device === 'spine4');
        const worst = (atMs: number) => Math.max(0, ...own.map(({ ref }) => this.#pause(ref, atMs)));
        return {
          device,
          role: roleOf(device),
          bounded: false,
          blocked: endsMs.map((atMs, index) => (silent && index > 131 ? null : worst(atMs))),
        };
      }),
    };
  }

  async ports(query: PortListQuery = {}): Promise<PortPage> {
    this.#checkBroken();
    const all = this.mode === 'empty' ? [] : this.#ports().map((port) => this.#row(port));
    const words = (query.search ?? '').toLowerCase().split(/\s+/).filter(Boolean);
    const rows = all.filter((row) => words.every((word) => matchesWord(row, word)));
    const { sort, desc = false, offset = 0 } = query;
    if (sort === undefined) return { ...paginate(rows, query), ...counted(all, rows) };
    rows.sort(
      (a, b) => (desc ? -1 : 1) * (sort === 'port' ? byName(a, b) : (a.latest[sort] ?? 0) - (b.latest[sort] ?? 0)),
    );
    return { items: rows.slice(offset, offset + (query.limit ?? 100)), nextCursor: null, ...counted(all, rows) };
  }

  async port(device: string, port: string): Promise<PortDetail | undefined> {
    this.#checkBroken();
    const known = this.#ports().find((one) => one.ref.device === device && one.ref.port === port);
    if (known === undefined || this.mode === 'empty') return undefined;
    const row = this.#row(known);
    return {
      ...row,
      role: roleOf(device),
      priorities: [
        { priority: 3, latest: { rxPauseFraction: row.latest.rxPauseFraction ?? 0, txPauseFraction: 0.01 } },
      ],
      incidents: this.#incidents().filter(
        (incident) =>
          (incident.rootDevice === device && incident.rootPort === port) ||
          incident.victims.some((victim) => victim.device === device && victim.port === port),
      ),
      target: this.#target(device, this.#clock()),
      fields: GIVEN_FIELDS,
      missingFields: ['preFecBer', 'temperatureC', 'rxPowerDbm'],
    };
  }

  async series(query: Parameters<Queries['series']>[0]): Promise<SeriesAnswer> {
    this.#checkBroken();
    const { device, port, fields, priority, fromMs, toMs, maxPoints = 400 } = query;
    const stepMs = Math.max(1000, Math.ceil((toMs - fromMs) / maxPoints / 1000) * 1000);
    const first = Math.ceil(Math.max(fromMs, this.#startMs) / stepMs) * stepMs;
    const timestampsMs: number[] = [];
    for (let at = first; at <= toMs; at += stepMs) timestampsMs.push(at);
    // Two minutes without data, ten minutes ago: a gap that charts must not bridge.
    const gapFrom = this.#startMs + 10 * MINUTE;
    return {
      fromMs,
      toMs,
      series: fields
        .filter((field) => GIVEN_FIELDS.includes(field))
        .map((field) => ({
          labels: { device, port, field, ...(priority === undefined || priority === null ? {} : { priority }) },
          unit: 'fraction',
          timestampsMs,
          values: timestampsMs.map((at) =>
            at >= gapFrom && at < gapFrom + 2 * MINUTE ? null : (this.#value({ device, port }, field, at) ?? null),
          ),
        })),
    };
  }

  async episodes() {
    return { items: [], nextCursor: null };
  }

  async incidents(query: PageQuery & TimeQuery & { openOnly?: boolean } = {}): Promise<Page<Incident>> {
    this.#checkBroken();
    return paginate(
      this.#incidents().filter((incident) => query.openOnly !== true || incident.endMs === null),
      query,
    );
  }

  async incident(id: string): Promise<Incident | undefined> {
    this.#checkBroken();
    return this.#incidents().find((incident) => incident.id === id);
  }

  async jobs(page?: PageQuery): Promise<Page<JobSummary>> {
    this.#checkBroken();
    return paginate(
      this.#jobNames().map((job) => this.#summary(job)),
      page,
    );
  }

  async job(job: string): Promise<JobDetail | undefined> {
    this.#checkBroken();
    if (!this.#jobNames().includes(job)) return undefined;
    const hosts = Array.from({ length: 16 }, (_, n) => `gpu${String(n + 1).padStart(2, '0')}`);
    return {
      ...this.#summary(job),
      placement: {
        job,
        hosts,
        ranks: hosts.map((device, rank) => ({ rank, device, port: 'mlx5_0' })),
        gpus: 128,
        source: 'config',
      },
      ports: hosts.flatMap((device) => [
        { device, port: 'mlx5_0' },
        ...this.#ports()
          .filter((port) => port.peer.device === device)
          .map((port) => port.ref),
      ]),
      incidents: this.#incidents().filter((incident) => incident.jobs.some((cost) => cost.job === job)),
    };
  }

  async steps(job: string, query: PageQuery & TimeQuery & { slowOnly?: boolean } = {}): Promise<Page<StepVerdict>> {
    this.#checkBroken();
    if (!this.#jobNames().includes(job)) return { items: [], nextCursor: null };
    return paginate(
      this.#steps(job).filter((step) => query.slowOnly !== true || step.slow),
      query,
    );
  }

  async collectives(): Promise<Page<CollectiveRecord>> {
    return { items: [], nextCursor: null };
  }

  async ranks(job: string, { steps = 120 }: { steps?: number } = {}): Promise<RankMap> {
    this.#checkBroken();
    const shown = this.#steps(job).slice(-steps);
    const count = job === 'llama-70b' ? 16 : 8;
    return {
      basis: shown.length === 0 ? null : 'compute',
      steps: shown.map(({ step, startMs, endMs, slow }) => ({ step, startMs, endMs, slow })),
      ranks: Array.from({ length: shown.length === 0 ? 0 : count }, (_, rank) => ({
        rank,
        host: `gpu${String(rank + 1).padStart(2, '0')}`,
        latenessSeconds: shown.map((step) => {
          if (rank === 7 && step.step % 50 === 3) return null;
          if (step.lateRank?.rank === rank) return step.lateRank.latenessSeconds;
          return Math.round(40 * (wave(rank * 31 + step.step, step.startMs, 9000) - 0.5)) / 1000;
        }),
      })),
      allRanks: shown.length === 0 ? 0 : count,
      unreported: [],
    };
  }

  async explain(job: string, step: number): Promise<StepExplanation | undefined> {
    this.#checkBroken();
    if (!this.#jobNames().includes(job) || step >= this.#stepCount()) return undefined;
    const verdict = this.#step(job, step);
    const slow = this.#steps(job).filter((one) => one.slow);
    return {
      verdict,
      incidents: this.#incidents().filter((incident) => verdict.causes.some((cause) => cause.incident === incident.id)),
      ranks: Array.from({ length: verdict.ranks }, (_, rank) => {
        const late = verdict.lateRank?.rank === rank ? verdict.lateRank.latenessSeconds : 0;
        const compute = 1.4 + 0.05 * wave(rank + step, verdict.startMs, 5000) + late;
        return {
          rank,
          host: `gpu${String(rank + 1).padStart(2, '0')}`,
          durationSeconds: verdict.durationSeconds - 0.02 * wave(rank, verdict.startMs, 7000),
          computeSeconds: compute,
        };
      }),
      neighbours: {
        previousSlow: slow.findLast((one) => one.step < step)?.step ?? null,
        nextSlow: slow.find((one) => one.step > step)?.step ?? null,
      },
      text: `${job} step ${step}: ${verdict.verdict ?? 'not slow'}, ${verdict.excessSeconds.toFixed(2)} s over baseline\n${verdict.reasons.join('\n')}`,
    };
  }

  async deliveries(page?: PageQuery): Promise<Page<Delivery>> {
    this.#checkBroken();
    return paginate(this.mode === 'empty' ? [] : this.#deliveries, page);
  }

  /** A test message, delivered at once. */
  sendTest(receiver: string): Delivery {
    const now = this.#clock();
    const delivery: Delivery = {
      id: `test-${now}`,
      receiver,
      kind: 'webhook',
      event: 'test',
      incident: null,
      summary: 'Test message from Stallscope',
      createdMs: now,
      attempts: 1,
      lastAttemptMs: now,
      nextAttemptMs: null,
      state: 'delivered',
      lastReason: null,
      lastStatus: 204,
    };
    this.#deliveries.unshift(delivery);
    return delivery;
  }

  #firstDeliveries(): Delivery[] {
    const now = this.#clock();
    const base: Delivery = {
      id: 'd1',
      receiver: 'netops',
      kind: 'webhook',
      event: 'alert.firing',
      incident: 'inc-storm',
      summary: 'critical pause storm at leaf3/Ethernet1/5',
      createdMs: now - MINUTE,
      attempts: 1,
      lastAttemptMs: now - MINUTE,
      nextAttemptMs: null,
      state: 'delivered',
      lastReason: null,
      lastStatus: 204,
    };
    return [
      base,
      {
        ...base,
        id: 'd2',
        receiver: 'oncall-chat',
        attempts: 4,
        state: 'pending',
        nextAttemptMs: now + 40_000,
        lastReason: 'http_5xx',
        lastStatus: 503,
      },
      {
        ...base,
        id: 'd3',
        event: 'alert.resolved',
        state: 'rejected',
        lastReason: 'http_4xx',
        lastStatus: 401,
        createdMs: now - 5 * MINUTE,
      },
    ];
  }
}

const GIVEN_FIELDS: SampleField[] = [
  'rxUtilFraction',
  'txUtilFraction',
  'rxBytesPerSec',
  'txBytesPerSec',
  'rxPauseFraction',
  'txPauseFraction',
  'rxPauseFramesPerSec',
  'ecnMarkFraction',
  'ecnMarkedPerSec',
  'cnpSentPerSec',
  'cnpHandledPerSec',
  'dropsPerSec',
  'queueWatermarkBytes',
  'linkUp',
  'linkRateBitsPerSec',
];

function roleOf(device: string): 'leaf' | 'spine' | 'host' {
  if (device.startsWith('leaf')) return 'leaf';
  return device.startsWith('spine') ? 'spine' : 'host';
}

function counted(all: readonly PortRow[], rows: readonly PortRow[]): Pick<PortPage, 'all' | 'total' | 'stale'> {
  return { all: all.length, total: rows.length, stale: rows.filter(({ stale }) => stale).length };
}

function matchesWord(row: PortRow, word: string): boolean {
  if (word.startsWith('device:')) return row.device.includes(word.slice(7));
  const peer = row.peer === null ? '' : `${row.peer.device}/${row.peer.port}`;
  return `${row.device}/${row.port} ${peer} ${row.jobs.join(' ')}`.toLowerCase().includes(word);
}

function byName(a: PortRow, b: PortRow): number {
  return `${a.device}/${a.port}`.localeCompare(`${b.device}/${b.port}`, 'en', { numeric: true });
}

function paginate<T>(items: readonly T[], page: PageQuery = {}): Page<T> {
  const from = Number(page.cursor ?? 0);
  const limit = page.limit ?? 100;
  return {
    items: items.slice(from, from + limit),
    nextCursor: from + limit < items.length ? String(from + limit) : null,
  };
}
