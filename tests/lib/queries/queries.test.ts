import { beforeEach, describe, expect, it } from 'vitest';
import { ManualClock } from '../../../lib/clock.ts';
import type { Incident } from '../../../lib/diagnosis/incident.ts';
import { FabricState } from '../../../lib/queries/fabric-state.ts';
import { Findings } from '../../../lib/queries/findings.ts';
import { createQueries } from '../../../lib/queries/index.ts';
import { IntakeLog } from '../../../lib/queries/intake-log.ts';
import { LiveValues } from '../../../lib/queries/live-values.ts';
import { TargetBoard } from '../../../lib/queries/target-board.ts';
import type { Queries } from '../../../lib/queries/types.ts';
import { QUALITIES, type SampleField } from '../../../lib/samples/fields.ts';
import type { SampleFrame } from '../../../lib/samples/frame.ts';
import { MemoryDocumentStore } from '../../../lib/store/memory/documents.ts';
import { MemorySampleStore } from '../../../lib/store/memory/index.ts';
import type { Link } from '../../../lib/topology/types.ts';
import { anIncident, aStep, aVerdict } from '../../contracts/documents.ts';

const BOUNDED = QUALITIES.indexOf('bounded');
const T0 = Date.UTC(2026, 10, 22, 17, 0, 0);

function link(a: [string, string], b: [string, string], source: Link['source'] = 'lldp'): Link {
  return { a: { device: a[0], port: a[1] }, b: { device: b[0], port: b[1] }, source };
}

function frame(
  device: string,
  endMs: number,
  ports: Record<string, Partial<Record<SampleField, number>>>,
  priority = -1,
  quality = 0,
): SampleFrame {
  const names = Object.keys(ports);
  const fields = [...new Set(Object.values(ports).flatMap((values) => Object.keys(values)))] as SampleField[];
  return {
    device,
    ports: names,
    startMs: Float64Array.from(names, () => endMs - 1000),
    endMs: Float64Array.from(names, () => endMs),
    quality: Uint8Array.from(names, () => quality),
    columns: fields.map((field) => ({
      field,
      priority,
      values: Float64Array.from(names, (name) => ports[name]?.[field] ?? Number.NaN),
    })),
  };
}

describe('queries', () => {
  const clock = new ManualClock(T0);
  let fabric: FabricState;
  let live: LiveValues;
  let targets: TargetBoard;
  let findings: Findings;
  let documents: MemoryDocumentStore;
  let queries: Queries;

  beforeEach(() => {
    clock.set(T0);
    fabric = new FabricState();
    live = new LiveValues();
    targets = new TargetBoard();
    findings = new Findings();
    documents = new MemoryDocumentStore(clock);
    queries = createQueries({
      clock,
      samples: new MemorySampleStore(),
      documents,
      live,
      fabric,
      targets,
      findings,
      intake: new IntakeLog(clock),
      deliveries: () => [],
    });
    fabric.configure({
      devices: [{ device: 'spine1', role: 'spine' }],
      links: [
        link(['leaf1', 'E1'], ['gpu1', 'mlx5_0'], 'config'),
        link(['leaf2', 'E1'], ['gpu2', 'mlx5_0'], 'config'),
        link(['leaf1', 'E49'], ['spine1', 'E1'], 'config'),
        link(['leaf2', 'E49'], ['spine1', 'E2'], 'config'),
      ],
      jobs: [{ job: 'llm', hosts: ['gpu1', 'gpu2'], ranks: [], gpus: 16, source: 'config' }],
    });
  });

  const health = (over: Partial<Parameters<TargetBoard['set']>[0]> = {}) => ({
    target: 'leaf1',
    device: 'leaf1',
    collector: 'snmp',
    address: '10.0.0.1:161',
    state: 'ok' as const,
    lastSuccessMs: T0,
    lastError: null,
    polls: 1,
    failures: 0,
    ports: 2,
    clockOffsetMs: null,
    paths: [],
    missing: [],
    refused: [],
    shortestStormMs: null,
    collectedBy: 'c1',
    atMs: T0,
    ...over,
  });

  describe('overview', () => {
    it('cannot tell without targets and data', async () => {
      expect((await queries.overview()).state).toBe('unknown');
    });

    it('cannot tell before the first sample, and after the last one has grown old', async () => {
      targets.set(health());
      expect((await queries.overview()).sentence).toContain('no data has arrived yet from 1 target');
      live.add(frame('leaf1', T0, { E1: { rxPauseFraction: 0 } }));
      expect((await queries.overview()).state).toBe('ok');
      clock.advance(10_000);
      expect((await queries.overview()).state).toBe('ok');
      clock.advance(13_000);
      targets.set(health({ atMs: clock.now() - 15_000 }));
      expect(await queries.overview()).toMatchObject({
        state: 'unknown',
        sentence:
          'Cannot tell: the newest data is 23s old. Collectors report, but their samples do not arrive: check the disk and the log of the monitor.',
      });
      clock.advance(1000);
      expect((await queries.overview()).sentence).toBe(
        'Cannot tell: the newest data is 24s old and no collector has spoken for 16s. Check that the collector runs and reaches this monitor.',
      );
    });

    it('has as much patience as the polls are slow', async () => {
      targets.set(health());
      const slow = frame('leaf1', T0, { E1: { rxPauseFraction: 0 } });
      slow.startMs.fill(T0 - 30_000);
      live.add(slow);
      clock.advance(92_000);
      targets.set(health({ atMs: clock.now() }));
      expect((await queries.overview()).state).toBe('ok');
      clock.advance(1);
      expect((await queries.overview()).state).toBe('unknown');
    });

    it('names devices whose data has stopped although their targets answer, at attention', async () => {
      for (const device of ['gpu1', 'gpu2', 'gpu3', 'gpu4', 'leaf1']) {
        targets.set(health({ target: device, device }));
        live.add(frame(device, T0, { E1: { rxPauseFraction: 0 } }));
      }
      clock.advance(15_000);
      live.add(frame('leaf1', clock.now(), { E1: { rxPauseFraction: 0 } }));
      const { state, sentence, coverage } = await queries.overview();
      expect(state).toBe('attention');
      expect(sentence).toBe(
        'Nothing that can be seen is hurting, but 4 of 5 devices give no new data: gpu1, gpu2, gpu3 and 1 more. Sources says why.',
      );
      expect(coverage.stale[0]).toEqual({ device: 'gpu1', silentMs: 15_000 });
      findings.setIncidents([anIncident()], T0);
      expect((await queries.overview()).sentence).toContain('There may be more: 4 of 5 devices');
    });

    it('forgets a device that pushed once and has been gone for an hour', async () => {
      live.add(frame('leaf1', T0, { E1: { rxPauseFraction: 0 } }));
      live.add(frame('pushed', T0, { E1: { rxPauseFraction: 0 } }));
      targets.set(health());
      clock.advance(3_600_000);
      targets.set(health({ atMs: clock.now() }));
      live.add(frame('leaf1', clock.now(), { E1: { rxPauseFraction: 0 } }));
      expect((await queries.overview()).state).toBe('ok');
    });

    it('calls no fabric quiet whose ports cannot tell whether they are held', async () => {
      live.add(frame('leaf1', T0, { E1: { rxBytesPerSec: 5 }, E49: { rxBytesPerSec: 5 } }));
      targets.set(health());
      expect(await queries.overview()).toMatchObject({
        state: 'attention',
        sentence:
          'Nothing that can be seen is hurting, but none of 2 ports tells pause or credit waits. Sources says what is missing.',
      });
      live.add(frame('leaf1', T0, { E1: { rxPauseFraction: 0 } }, 3));
      const { state, coverage } = await queries.overview();
      expect([state, coverage.tellingPorts, coverage.ports]).toEqual(['ok', 1, 2]);
    });

    it('says that senders are silent where nothing is polled', async () => {
      live.add(frame('pushed', T0, { E1: { rxPauseFraction: 0 } }));
      expect((await queries.overview()).state).toBe('ok');
      clock.advance(20_000);
      expect((await queries.overview()).sentence).toBe(
        'Cannot tell: the newest data is 20s old. Nobody pushes any more: check the senders.',
      );
    });

    it('cannot tell when all targets are silent, and says so of the one that is', async () => {
      live.add(frame('leaf1', T0, { E1: { rxPauseFraction: 0 } }));
      targets.set(health({ state: 'down', lastError: { atMs: T0, message: 'timeout' } }));
      expect((await queries.overview()).sentence).toContain('the only target is silent');
      targets.set(health({ target: 'leaf2', device: 'leaf2' }));
      live.add(frame('leaf2', T0, { E1: { rxPauseFraction: 0 } }));
      const { state, sentence, coverage } = await queries.overview();
      expect(state).toBe('attention');
      expect(sentence).toBe(
        'Nothing that can be seen is hurting, but 1 of 2 targets is silent: leaf1. Sources says why.',
      );
      expect(coverage.silent).toEqual([{ target: 'leaf1', silentMs: 0, lastError: 'timeout' }]);
    });

    it('does not call quiet what is blocked and has no incident yet', async () => {
      targets.set(health());
      live.add(frame('leaf1', T0, { E1: { rxPauseFraction: 0.54 } }));
      expect(await queries.overview()).toMatchObject({
        state: 'watching',
        sentence: 'No incident so far, but leaf1/E1 was blocked 54 % of its last interval. 1 port of 1 target watched.',
      });
      live.add(frame('leaf1', T0 + 1000, { E1: { rxPauseFraction: 0.1 } }));
      clock.advance(1000);
      expect((await queries.overview()).state).toBe('ok');
      live.add(frame('leaf1', T0 + 2000, { E1: { rxPauseFraction: 1 } }, -1, BOUNDED));
      clock.advance(1000);
      expect((await queries.overview()).state).toBe('ok');
    });

    it('names the worst incident, and still does when data stops', async () => {
      live.add(frame('leaf1', T0, { E1: { rxPauseFraction: 0.7 } }));
      targets.set(health());
      const cost = { job: 'llm', lostSeconds: 2, lostSecondsLow: 1, lostSecondsHigh: 3, steps: 1 };
      findings.setIncidents(
        [anIncident({ id: 'a', severity: 'warning', summary: 'lesser' }), anIncident({ jobs: [cost] })],
        T0,
      );
      const hurting = await queries.overview();
      expect(hurting.state).toBe('hurting');
      expect(hurting.sentence).toBe(`${anIncident().summary}. 1 more incident is open.`);
      expect(hurting.counts).toEqual({ info: 0, warning: 1, critical: 1 });
      clock.advance(120_000);
      expect((await queries.overview()).sentence).toContain('This is as last seen');
      findings.setIncidents([anIncident({ endMs: T0 + 1 })], T0);
      expect((await queries.overview()).state).toBe('attention');
    });

    it('shows the worse end of every leaf-spine link, and the worst host port of each leaf', async () => {
      live.add(
        frame('leaf1', T0, { E1: { rxPauseFraction: 0.6 }, E49: { rxPauseFraction: 0.1, txUtilFraction: 0.4 } }),
      );
      live.add(frame('spine1', T0, { E1: { rxPauseFraction: 0.3, txUtilFraction: 0.2 } }));
      const { heat, topPorts } = await queries.overview();
      expect(heat.leaves).toEqual(['leaf1', 'leaf2']);
      expect(heat.spines).toEqual(['spine1']);
      expect(heat.cells).toEqual([
        {
          leaf: 'leaf1',
          spine: 'spine1',
          blockedFraction: 0.3,
          bounded: false,
          utilFraction: 0.4,
          port: { device: 'spine1', port: 'E1' },
          stale: false,
        },
        {
          leaf: 'leaf2',
          spine: 'spine1',
          blockedFraction: null,
          bounded: false,
          utilFraction: null,
          port: null,
          stale: true,
        },
      ]);
      expect(heat.edges[0]).toMatchObject({
        leaf: 'leaf1',
        blockedFraction: 0.6,
        port: { device: 'leaf1', port: 'E1' },
      });
      expect(topPorts[0]).toEqual({ device: 'leaf1', port: 'E1', blockedFraction: 0.6, bounded: false });
    });

    it('puts what was measured before what is only bounded, and marks the bound', async () => {
      live.add(frame('leaf1', T0, { E1: { rxPauseFraction: 1 } }, -1, BOUNDED));
      live.add(frame('leaf1', T0, { E49: { rxPauseFraction: 0.1 } }));
      live.add(frame('spine1', T0, { E1: { rxPauseFraction: 0.9 } }, -1, BOUNDED));
      const { heat, topPorts } = await queries.overview();
      expect(topPorts.map(({ device, port, bounded }) => [device, port, bounded])).toEqual([
        ['leaf1', 'E49', false],
        ['leaf1', 'E1', true],
        ['spine1', 'E1', true],
      ]);
      expect(heat.cells[0]).toMatchObject({ blockedFraction: 0.1, bounded: false });
      expect(heat.edges[0]).toMatchObject({ blockedFraction: 1, bounded: true });
      expect((await queries.port('leaf1', 'E1'))?.bounded).toEqual(['rxPauseFraction']);
      expect((await queries.port('leaf1', 'E49'))?.bounded).toEqual([]);
    });

    it('a measurement takes the place of a bound', async () => {
      live.add(frame('leaf1', T0, { E1: { rxPauseFraction: 1 } }, -1, BOUNDED));
      live.add(frame('leaf1', T0 + 1000, { E1: { rxPauseFraction: 0.2 } }));
      expect((await queries.port('leaf1', 'E1'))?.latest.rxPauseFraction).toBe(0.2);
      expect((await queries.port('leaf1', 'E1'))?.bounded).toEqual([]);
    });
  });

  describe('ports', () => {
    it('shows the newest value of each field, with priorities, and what is missing', async () => {
      live.add(frame('leaf1', T0 - 1000, { E1: { queueBytes: 5, rxBytesPerSec: 1 } }));
      live.add(frame('leaf1', T0, { E1: { rxBytesPerSec: 2 } }));
      live.add(frame('leaf1', T0, { E1: { rxPauseFraction: 0.4 } }, 3, 1));
      live.add(frame('leaf1', T0, { E1: { txBytesPerSec: 1e30 } }, -1, 3));
      const port = await queries.port('leaf1', 'E1');
      expect(port?.latest).toEqual({ rxBytesPerSec: 2, queueBytes: 5, rxPauseFraction: 0.4 });
      expect(port?.priorities).toEqual([{ priority: 3, latest: { rxPauseFraction: 0.4 } }]);
      expect(port?.fields).toEqual(['rxBytesPerSec', 'rxPauseFraction', 'queueBytes']);
      expect(port?.missingFields).toContain('txBytesPerSec');
      expect(port).toMatchObject({
        peer: { device: 'gpu1', port: 'mlx5_0' },
        jobs: ['llm'],
        role: 'leaf',
        stale: false,
      });
    });

    it('calls a port stale after three intervals and knows cabled ports without data', async () => {
      live.add(frame('leaf1', T0, { E1: { linkUp: 1 } }));
      clock.advance(5001);
      expect((await queries.port('leaf1', 'E1'))?.stale).toBe(true);
      expect(await queries.port('gpu1', 'mlx5_0')).toMatchObject({ atMs: null, stale: true, fields: [] });
      expect(await queries.port('nobody', 'E1')).toBeUndefined();
    });
  });

  describe('incidents', () => {
    const walk = async (query: Parameters<Queries['incidents']>[0] = {}) => {
      const seen: string[] = [];
      let cursor: string | undefined;
      do {
        const page = await queries.incidents({ ...query, limit: 3, ...(cursor === undefined ? {} : { cursor }) });
        seen.push(...page.items.map(({ id }: Incident) => id));
        cursor = page.nextCursor ?? undefined;
      } while (cursor !== undefined);
      return seen;
    };

    it('pages newest first, also where many began together', async () => {
      const all = Array.from({ length: 10 }, (_, i) => anIncident({ id: `i${i}`, startMs: T0 + (i < 7 ? 0 : i) }));
      await documents.putIncidents(all);
      const seen = await walk();
      expect(seen.slice(0, 3)).toEqual(['i9', 'i8', 'i7']);
      expect([...seen].sort()).toEqual(all.map(({ id }) => id).sort());
    });

    it('filters by kind, range and openness', async () => {
      await documents.putIncidents(
        Array.from({ length: 30 }, (_, i) =>
          anIncident({
            id: `i${i}`,
            startMs: T0 + i * 1000,
            endMs: T0 + i * 1000 + 500,
            kind: i % 10 === 0 ? 'incast' : 'pause-storm',
          }),
        ),
      );
      await documents.putIncidents([anIncident({ id: 'open', startMs: T0 + 500 })]);
      expect(await walk({ kind: 'incast' })).toEqual(['i20', 'i10', 'i0']);
      expect(await walk({ openOnly: true })).toEqual(['open']);
      expect(await walk({ fromMs: T0 + 3000, toMs: T0 + 5000 })).toEqual(['i4', 'i3', 'open']);
    });

    it('refuses a cursor that is none', async () => {
      await expect(queries.incidents({ cursor: 'nonsense' })).rejects.toMatchObject({ code: 'malformed' });
    });
  });

  describe('jobs and steps', () => {
    it('lists a placed job before its first step, with its ports', async () => {
      const [job] = (await queries.jobs()).items;
      expect(job).toMatchObject({ job: 'llm', steps: 0, gpus: 16, lastStep: null });
      const detail = await queries.job('llm');
      expect(detail?.ports).toContainEqual({ device: 'leaf1', port: 'E1' });
      expect(detail?.lostGpuSeconds).toBe(0);
      expect(await queries.job('nobody')).toBeUndefined();
    });

    it('counts lost time in GPU-seconds', async () => {
      const summary = (await queries.jobs()).items[0]!;
      findings.setJobs([{ ...summary, steps: 9, lostSeconds: 3, lostToNetworkSeconds: 2 }]);
      expect(await queries.job('llm')).toMatchObject({ lostGpuSeconds: 48, lostToNetworkGpuSeconds: 32 });
      findings.setJobs([{ ...summary, gpus: null, lostSeconds: 3 }]);
      expect((await queries.job('llm'))?.lostGpuSeconds).toBeNull();
    });

    it('pages steps newest first', async () => {
      await documents.putVerdicts(Array.from({ length: 7 }, (_, i) => aVerdict(i)));
      const first = await queries.steps('llm', { limit: 4 });
      expect(first.items.map(({ step }) => step)).toEqual([6, 5, 4, 3]);
      const second = await queries.steps('llm', { limit: 4, cursor: first.nextCursor! });
      expect(second.items.map(({ step }) => step)).toEqual([2, 1, 0]);
      expect(second.nextCursor).toBeNull();
    });

    it('explains a step with what its log tells of ranks and what its collectives took', async () => {
      await documents.putVerdicts([aVerdict(2), aVerdict(3, { slow: true })]);
      const { startMs, endMs } = aVerdict(3);
      const { rank: _, ...line } = aStep(3, 0, { startMs, endMs });
      const { rank: __, ...earlier } = aStep(2, 0, { startMs: startMs - 1000, endMs: startMs });
      const part = (minMs: number, maxMs: number) => ({ name: 'forward-compute', minMs, maxMs, maxRank: 9 });
      await documents.putSteps([
        { ...line, averagedOver: 10, parts: [part(300, 800)] },
        { ...earlier, averagedOver: 10, parts: [part(300, 320)] },
      ]);
      await documents.putCollectives([
        {
          job: 'llm',
          commId: 'deepspeed, group not told',
          collectiveKind: 'all_reduce',
          messageBytes: 512e6,
          execTimeUs: 120_000,
          busGBPerSec: 81.5,
          rank: 0,
          timestampMs: endMs - 100,
          startUs: (endMs - 220) * 1000,
          endUs: (endMs - 100) * 1000,
        },
      ]);
      const answer = await queries.explain('llm', 3);
      expect(answer?.parts).toEqual([
        { ...part(300, 800), usualGapMs: 20, lateRank: 9, waits: false, averagedOver: 10 },
      ]);
      expect(answer?.collectives).toMatchObject({
        operations: 1,
        missing: 0,
        longest: [{ collectiveKind: 'all_reduce', execTimeUs: 120_000 }],
      });
      expect(answer?.text).toContain('rank 9 took longer than the others, as a mean over 10 steps');
      expect(answer?.text).toContain(
        'longest collective: all_reduce of 512.0 MB, 0.120 s at 81.5 GB/s, seen by rank 0',
      );
    });

    it('explains a step with its ranks, its incidents and its neighbours', async () => {
      await documents.putIncidents([anIncident()]);
      await documents.putVerdicts([
        aVerdict(1, { slow: true }),
        aVerdict(2),
        aVerdict(3, {
          slow: true,
          verdict: 'network',
          excessSeconds: 1.5,
          causes: [{ kind: 'pause-storm', incident: 'i1', seconds: 1.5 }],
        }),
        aVerdict(5, { slow: true }),
        aVerdict(8, { slow: true }),
      ]);
      await documents.putSteps([
        aStep(3, 1, { host: 'gpu2' }),
        aStep(3, 0, { computeEndMs: T0 + 3400 }),
        // The same number before a restart from a checkpoint.
        aStep(3, 0, { startMs: T0 - 60_000, endMs: T0 - 59_000 }),
      ]);
      const answer = await queries.explain('llm', 3);
      expect(answer?.ranks).toEqual([
        { rank: 0, durationSeconds: 0.9, computeSeconds: 0.4 },
        { rank: 1, host: 'gpu2', durationSeconds: 0.9 },
      ]);
      expect(answer?.incidents).toEqual([anIncident()]);
      expect(answer?.neighbours).toEqual({ previousSlow: 1, nextSlow: 5 });
      expect(answer?.lostGpuSeconds).toBe(24);
      expect(answer?.text).toContain('24.0 GPU-seconds');
      expect(await queries.explain('llm', 99)).toBeUndefined();
    });
  });
});

describe('FabricState', () => {
  it('lets the operator win over LLDP and knows a link that both ends name', () => {
    const fabric = new FabricState();
    fabric.configure({ devices: [], links: [link(['leaf1', 'E1'], ['gpu1', 'n0'], 'config')], jobs: [] });
    fabric.setNeighbourhood(
      'leaf1',
      [],
      [link(['leaf1', 'E1'], ['gpu9', 'n0']), link(['leaf1', 'E49'], ['spine1', 'E1'])],
    );
    fabric.setNeighbourhood('spine1', [], [link(['spine1', 'E1'], ['leaf1', 'E49'])]);
    const links = fabric.links();
    expect(links).toHaveLength(2);
    expect(links[0]).toMatchObject({ b: { device: 'gpu1' }, source: 'config' });
    expect(links[1]).toMatchObject({ source: 'lldp', bothEnds: true });
  });

  it('survives a restart and says when nothing is new', () => {
    const fabric = new FabricState();
    const told = [link(['leaf1', 'E1'], ['gpu1', 'n0'])];
    expect(fabric.setNeighbourhood('leaf1', [], told)).toBe(true);
    expect(fabric.setNeighbourhood('leaf1', [], [...told])).toBe(false);
    const again = new FabricState();
    again.restore(JSON.parse(JSON.stringify(fabric.snapshot())));
    expect(again.links()).toEqual(fabric.links());
  });

  it("takes a job's hosts for hosts and lets the newer placement win", () => {
    const fabric = new FabricState();
    const job = { job: 'llm', hosts: ['gpu1'], ranks: [], source: 'config' as const };
    fabric.configure({ devices: [], links: [link(['leaf1', 'E1'], ['gpu1', 'n0'])], jobs: [job] });
    expect(fabric.map().roleOf('gpu1')).toBe('host');
    expect(fabric.map().roleOf('leaf1')).toBe('leaf');
    fabric.setJobs([{ ...job, hosts: ['gpu2'], source: 'api' }]);
    expect(fabric.job('llm')?.hosts).toEqual(['gpu2']);
    expect(fabric.jobsOf('leaf1', 'E1')).toEqual([]);
  });
});
