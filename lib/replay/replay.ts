import { createNormaliser } from '../counters/index.ts';
import { createDeviceDetectors, type DetectorConfig, type DeviceDetectors } from '../detectors/index.ts';
import type { Incident } from '../diagnosis/incident.ts';
import { type AnalysisOptions, createAnalysis } from '../pipeline/analysis.ts';
import type { DeviceNeighbours } from '../topology/fabric-map.ts';
import { FabricMap } from '../topology/fabric-map.ts';
import type { JobSummary, StepVerdict } from '../training/step.ts';
import { RecordingPoller } from './poller.ts';
import type { Recording } from './recording.ts';

/** How a recording is read. */
export interface ReplayOptions extends AnalysisOptions {
  /** Poll interval, ms; the recording's own sample time where left out. */
  pollMs?: number;
  /** Time of the first poll, ms. */
  phaseMs?: number;
  detectors?: Partial<DetectorConfig>;
  /** Restart after every poll: all state goes through JSON. */
  restartEveryPoll?: boolean;
}

/** Everything a replay found, in its final version. */
export interface ReplayResult {
  incidents: Incident[];
  verdicts: StepVerdict[];
  jobs: JobSummary[];
  /** Counter problems and what was missing, each once. */
  problems: string[];
}

/** Runs a recording through the code that also runs live: normaliser, detectors, diagnosis and attribution. */
export function replay(recording: Recording, options: ReplayOptions = {}): ReplayResult {
  const pollMs = options.pollMs ?? recording.sampleMs;
  const map = new FabricMap(recording.devices, recording.links);
  const poller = new RecordingPoller(recording);
  const normaliser = createNormaliser();
  const detectors = new Map<string, { detectors: DeviceDetectors; neighbours: DeviceNeighbours }>();
  const analysis = createAnalysis(options);
  analysis.setTopology(recording.devices, recording.links);
  analysis.setJobs(recording.jobs);

  const incidents = new Map<string, Incident>();
  const verdicts = new Map<string, StepVerdict>();
  const jobs = new Map<string, JobSummary>();
  const problems = new Set(recording.notes);
  const keep = (changes: ReturnType<typeof analysis.advance>): void => {
    for (const incident of changes.incidents) incidents.set(incident.id, incident);
    for (const verdict of changes.verdicts)
      verdicts.set(`${verdict.job}\n${verdict.step}\n${verdict.startMs}`, verdict);
    for (const job of changes.jobs) jobs.set(job.job, job);
  };

  let nextStep = 0;
  const endMs = lastTime(recording);
  for (let nowMs = options.phaseMs ?? 0; nowMs <= endMs; nowMs += pollMs) {
    for (const reading of poller.poll(nowMs)) {
      const { frames, problems: found } = normaliser.advance(reading);
      for (const problem of found) problems.add(problem);
      let device = detectors.get(reading.device);
      if (device === undefined) {
        device = {
          detectors: createDeviceDetectors(reading.device, options.detectors),
          neighbours: map.neighboursOf(reading.device),
        };
        detectors.set(reading.device, device);
      }
      for (const frame of frames) {
        analysis.addEpisodes(device.detectors.advance(frame, device.neighbours));
        analysis.addFrame(frame);
      }
      if (options.restartEveryPoll === true) device.detectors.restore(throughJson(device.detectors.snapshot()));
    }
    const from = nextStep;
    while ((recording.steps[nextStep]?.endMs ?? Number.POSITIVE_INFINITY) <= nowMs) nextStep++;
    if (nextStep > from) analysis.addSteps(recording.steps.slice(from, nextStep));
    keep(analysis.advance(nowMs));
    if (options.restartEveryPoll === true) {
      normaliser.restore(throughJson(normaliser.snapshot()));
      analysis.restore(throughJson(analysis.snapshot()));
    }
  }
  analysis.addSteps(recording.steps.slice(nextStep));
  keep(analysis.finish(endMs));
  return {
    incidents: [...incidents.values()].sort((a, b) => a.startMs - b.startMs || (a.id < b.id ? -1 : 1)),
    verdicts: [...verdicts.values()].sort((a, b) => (a.job < b.job ? -1 : a.job > b.job ? 1 : a.step - b.step)),
    jobs: [...jobs.values()].sort((a, b) => (a.job < b.job ? -1 : 1)),
    problems: [...problems],
  };
}

function throughJson(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}

/** The end of the recording, ms: what it declares, or its last sample or step if that is later. */
function lastTime(recording: Recording): number {
  let last = recording.durationMs;
  for (const rows of recording.counters.rowsOf) {
    const row = rows.at(-1);
    if (row !== undefined) last = Math.max(last, recording.counters.atMs[row] ?? 0);
  }
  return Math.max(last, recording.steps.at(-1)?.endMs ?? 0);
}
