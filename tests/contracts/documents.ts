import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ManualClock } from '../../lib/clock.ts';
import type { Episode } from '../../lib/detectors/episode.ts';
import type { Incident } from '../../lib/diagnosis/incident.ts';
import type { DocumentStore } from '../../lib/store/types.ts';
import type { CollectiveRecord } from '../../lib/training/collective.ts';
import type { StepRecord, StepVerdict } from '../../lib/training/step.ts';
import { incident, step } from '../findings.ts';

const T0 = Date.UTC(2026, 10, 22, 17, 0, 0);

export function anIncident(over: Partial<Incident> = {}): Incident {
  return incident({
    rootDevice: 'leaf1',
    rootPort: 'Ethernet1',
    startMs: T0,
    detectedMs: T0 + 2000,
    summary: `gpu7's NIC pauses leaf1 "Ethernet1"`,
    victims: [{ device: 'leaf2', port: 'Ethernet9' }],
    ...over,
  });
}

export function anEpisode(over: Partial<Episode> = {}): Episode {
  return {
    id: 'e1',
    kind: 'pause-storm',
    device: 'leaf1',
    port: 'Ethernet1',
    startMs: T0,
    endMs: null,
    severity: 'warning',
    evidence: [],
    ...over,
  };
}

export function aVerdict(number: number, over: Partial<StepVerdict> = {}): StepVerdict {
  const startMs = T0 + number * 1000;
  const times = { startMs, endMs: startMs + 1000, durationSeconds: 1, baselineSeconds: 1 };
  return step(number, { job: 'llm', ...times, ranks: 4, ...over });
}

export function aStep(step: number, rank: number | undefined, over: Partial<StepRecord> = {}): StepRecord {
  const record: StepRecord = { job: 'llm', step, startMs: T0 + step * 1000, endMs: T0 + step * 1000 + 900, ...over };
  if (rank !== undefined) record.rank = rank;
  return record;
}

/** What every document store must do. */
export function describeDocuments(
  name: string,
  open: (clock: ManualClock) => Promise<{ documents: DocumentStore; close(): Promise<void> }>,
): void {
  describe(`documents ${name}`, () => {
    const clock = new ManualClock(T0);
    let documents: DocumentStore;
    let close: () => Promise<void>;
    beforeEach(async () => {
      clock.set(T0);
      ({ documents, close } = await open(clock));
    });
    afterEach(async () => {
      await close();
    });

    it('keeps the newest version of an incident, newest first', async () => {
      await documents.putIncidents([anIncident(), anIncident({ id: 'i2', startMs: T0 + 10_000 })]);
      await documents.putIncidents([anIncident({ severity: 'warning' }), anIncident({ endMs: T0 + 5000 })]);
      expect(await documents.incidents({})).toEqual([
        anIncident({ id: 'i2', startMs: T0 + 10_000 }),
        anIncident({ endMs: T0 + 5000 }),
      ]);
      expect((await documents.incidents({ openOnly: true })).map(({ id }) => id)).toEqual(['i2']);
      expect(await documents.incident('i1')).toEqual(anIncident({ endMs: T0 + 5000 }));
      expect(await documents.incident('nobody')).toBeUndefined();
    });

    it('finds what was going on in a range', async () => {
      await documents.putIncidents([
        anIncident({ id: 'before', endMs: T0 + 1000 }),
        anIncident({ id: 'open' }),
        anIncident({ id: 'inside', startMs: T0 + 6000, endMs: T0 + 7000 }),
        anIncident({ id: 'after', startMs: T0 + 9000 }),
      ]);
      const found = await documents.incidents({ startMs: T0 + 5000, endMs: T0 + 8000 });
      expect(found.map(({ id }) => id).sort()).toEqual(['inside', 'open']);
      expect(await documents.incidents({ limit: 2 })).toHaveLength(2);
    });

    it('filters episodes by place and gives again what arrived since', async () => {
      await documents.putEpisodes([anEpisode()]);
      clock.advance(10);
      await documents.putEpisodes([anEpisode({ id: 'e2', device: `o'brien`, port: 'Ethernet1/2' })]);
      expect(await documents.episodes({ device: `o'brien`, port: 'Ethernet1/2' })).toHaveLength(1);
      expect(await documents.episodes({ device: 'leaf1' })).toEqual([anEpisode()]);
      expect((await documents.episodesReceived({ receivedSinceMs: T0 + 5 })).map(({ id }) => id)).toEqual(['e2']);
      expect((await documents.episodesReceived({ receivedSinceMs: T0 })).map(({ id }) => id)).toEqual(['e1', 'e2']);
    });

    it('keeps one record for each rank of a step however often it is sent', async () => {
      const records = [aStep(1, 0), aStep(1, 1), aStep(2, undefined)];
      await documents.putSteps(records);
      await documents.putSteps([...records, ...records]);
      expect(await documents.steps({ job: 'llm' })).toEqual([aStep(2, undefined), aStep(1, 0), aStep(1, 1)]);
      expect(await documents.steps({ job: 'llm', fromStep: 1, toStep: 2 })).toHaveLength(2);
      expect(await documents.steps({ job: 'other' })).toEqual([]);
      expect(await documents.stepsReceived({ receivedSinceMs: T0 + 1 })).toEqual([]);
      expect(await documents.stepsReceived({ receivedSinceMs: T0 })).toHaveLength(3);
    });

    it('lists verdicts newest first, slow ones alone when asked, within a range', async () => {
      await documents.putVerdicts([aVerdict(1), aVerdict(2, { slow: true }), aVerdict(3)]);
      await documents.putVerdicts([aVerdict(3, { slow: true, verdict: 'network' })]);
      expect((await documents.verdicts({ job: 'llm' })).map(({ step }) => step)).toEqual([3, 2, 1]);
      expect((await documents.verdicts({ job: 'llm', slowOnly: true })).map(({ step }) => step)).toEqual([3, 2]);
      const range = { startMs: T0 + 1500, endMs: T0 + 2500 };
      expect((await documents.verdicts({ job: 'llm', range })).map(({ step }) => step)).toEqual([2, 1]);
      expect((await documents.verdicts({ job: 'llm', limit: 1 }))[0]?.verdict).toBe('network');
    });

    it('keeps the runs of a restarted job apart, the newest first', async () => {
      const again = { ...aVerdict(2), run: 1, startMs: T0 + 90_000, endMs: T0 + 91_000 };
      await documents.putVerdicts([aVerdict(2), again]);
      await documents.putVerdicts([{ ...again, slow: true }]);
      const found = await documents.verdicts({ job: 'llm', fromStep: 2, toStep: 3 });
      expect(found).toEqual([{ ...again, slow: true }, aVerdict(2)]);
    });

    it('lists by time, also where a restarted job counts from a smaller step again', async () => {
      const again = { ...aVerdict(1), startMs: T0 + 90_000, endMs: T0 + 91_000 };
      await documents.putVerdicts([aVerdict(1), aVerdict(2), aVerdict(3), again]);
      expect((await documents.verdicts({ job: 'llm' })).map(({ step }) => step)).toEqual([1, 3, 2]);
      const oldest = await documents.verdicts({ job: 'llm', oldestFirst: true });
      expect(oldest.map(({ step }) => step)).toEqual([2, 3, 1]);
      const rerun = { ...aStep(1, 0), startMs: T0 + 90_000, endMs: T0 + 91_000 };
      await documents.putSteps([aStep(1, 0), aStep(2, 0), rerun]);
      expect((await documents.steps({ job: 'llm', limit: 2 })).map(({ step }) => step)).toEqual([1, 2]);
    });

    it('keeps one record of a collective for each rank, and means and point-to-point operations beside them', async () => {
      const one = (rank: number, endMs: number, more: Partial<CollectiveRecord> = {}): CollectiveRecord => ({
        ...{ job: 'llm', commId: '0xa', collectiveSeq: 7, collectiveKind: 'AllReduce', messageBytes: 1e6 },
        ...{ execTimeUs: 900, rank, endUs: endMs * 1000, ...more },
      });
      const { collectiveSeq: _, rank: __, endUs: ___, ...mean } = one(0, T0);
      const sent = one(0, T0 + 2000, { collectiveKind: 'Send', peer: 3 });
      // NCCL numbers each kind of operation of a communicator by itself.
      const scatter = one(0, T0, { collectiveKind: 'ReduceScatter', collectiveSeq: 7 });
      const gpus = ['GPU-a', 'GPU-b'].map((gpu) => ({ ...mean, gpu, timestampMs: T0 + 3000 }));
      const records = [one(0, T0), scatter, one(1, T0 + 1000), sent, ...gpus];
      await documents.putCollectives(records);
      await documents.putCollectives([...records, one(1, T0 + 1000, { execTimeUs: 800 })]);
      const found = await documents.collectives({ job: 'llm' });
      expect(found).toHaveLength(6);
      expect(new Set(found.slice(0, 2).map(({ gpu }) => gpu))).toEqual(new Set(['GPU-a', 'GPU-b']));
      expect(found.slice(2, 4)).toEqual([sent, one(1, T0 + 1000, { execTimeUs: 800 })]);
      expect(new Set(found.slice(4).map(({ collectiveKind }) => collectiveKind))).toEqual(
        new Set(['AllReduce', 'ReduceScatter']),
      );
      const range = { startMs: T0 + 1000, endMs: T0 + 2000 };
      expect((await documents.collectives({ job: 'llm', range })).map(({ rank }) => rank)).toEqual([1]);
      expect(await documents.collectives({ job: 'llm', limit: 1 })).toHaveLength(1);
      expect(await documents.collectives({ job: 'other' })).toEqual([]);
      await documents.expire(T0 + 500);
      expect(await documents.collectives({ job: 'llm' })).toHaveLength(4);
    });

    it('keeps jobs and state', async () => {
      await documents.putJobs([{ job: 'b', hosts: ['h1'], ranks: [], source: 'api' }]);
      await documents.putJobs([{ job: 'a', hosts: ['h2'], ranks: [], source: 'api' }]);
      expect((await documents.jobs()).map(({ job }) => job)).toEqual(['a', 'b']);
      expect(await documents.state('analysis')).toBeUndefined();
      await Promise.all([documents.putState('analysis', '{"a":1}'), documents.putState('analysis', '{"a":2}')]);
      expect(await documents.state('analysis')).toBe('{"a":2}');
    });

    it('drops what ended long ago and keeps what is open', async () => {
      await documents.putIncidents([anIncident({ id: 'old', endMs: T0 + 1 }), anIncident()]);
      await documents.putVerdicts([aVerdict(1), aVerdict(100)]);
      await documents.expire(T0 + 50_000);
      expect((await documents.incidents({})).map(({ id }) => id)).toEqual(['i1']);
      expect((await documents.verdicts({ job: 'llm' })).map(({ step }) => step)).toEqual([100]);
    });
  });
}
