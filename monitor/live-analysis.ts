import type { StreamEvent } from '../lib/api/types.ts';
import type { Clock } from '../lib/clock.ts';
import type { Episode } from '../lib/detectors/episode.ts';
import { errorMessage } from '../lib/errors.ts';
import type { Logger } from '../lib/logger.ts';
import type { Analysis, AnalysisChanges } from '../lib/pipeline/types.ts';
import type { FabricState } from '../lib/queries/fabric-state.ts';
import type { Findings } from '../lib/queries/findings.ts';
import type { LiveValues } from '../lib/queries/live-values.ts';
import type { SampleFrame } from '../lib/samples/frame.ts';
import type { SampleBlock } from '../lib/store/block.ts';
import type { SeriesDictionary } from '../lib/store/series.ts';
import type { DocumentStore } from '../lib/store/types.ts';
import type { StepRecord } from '../lib/training/step.ts';
import { DataTime } from './data-time.ts';
import { FrameFeed } from './ingest/frames.ts';
import type { PushedDetectors } from './pushed-detectors.ts';

export interface LiveAnalysisOptions {
  analysis: Analysis;
  dictionary: SeriesDictionary;
  documents: DocumentStore;
  fabric: FabricState;
  live: LiveValues;
  findings: Findings;
  clock: Clock;
  logger: Logger;
  /** Runs for devices that no collector of ours looks after. */
  detectors: PushedDetectors;
  publish(event: StreamEvent): void;
  /** Tells people; resolves when what must be told is durable. */
  alert(incidents: AnalysisChanges['incidents']): Promise<void>;
}

/**
 * Feeds the analysis with what was stored and carries what it finds to documents, screens and alerts. Findings are
 * kept until they are durable, so that a store that refuses for a while loses none.
 */
export class LiveAnalysis {
  readonly feed: FrameFeed;
  readonly time: DataTime;
  /** Told before the next judgement, once however many devices have spoken: it costs as much as the fabric is large. */
  #topologyChanged = true;
  #undelivered: Undelivered = nothing();
  #turn: Promise<void> = Promise.resolve();

  constructor(private readonly options: LiveAnalysisOptions) {
    this.feed = new FrameFeed(options.dictionary);
    this.time = new DataTime(options.clock);
  }

  /** Rows that are in the store now. */
  addBlock(block: SampleBlock): void {
    const { analysis, live, fabric } = this.options;
    for (const frame of this.feed.frames(block)) {
      if (fabric.setPolled(frame.device)) this.#topologyChanged = true;
      live.add(frame);
      analysis.addFrame(frame);
      const episodes = this.options.detectors.advance(frame);
      if (episodes.length > 0) {
        analysis.addEpisodes(episodes);
        this.#undelivered.episodes.push(...episodes);
      }
    }
    if (live.newestEndMs !== null) this.time.saw(live.newestEndMs);
  }

  /** Rows the analysis has seen before this process began: for screens only. */
  show(frames: readonly SampleFrame[]): void {
    for (const frame of frames) this.options.live.add(frame);
  }

  addEpisodes(episodes: readonly Episode[]): void {
    this.options.analysis.addEpisodes(episodes);
  }

  addSteps(steps: readonly StepRecord[]): void {
    this.options.analysis.addSteps(steps);
    for (const { endMs } of steps) this.time.saw(endMs);
  }

  /** Cables, roles or jobs are other than before. */
  topologyChanged(): void {
    this.#topologyChanged = true;
  }

  #tellTopology(): void {
    const { analysis, fabric } = this.options;
    this.#topologyChanged = false;
    analysis.setTopology(fabric.devices(), fabric.links());
    analysis.setJobs(fabric.jobs());
  }

  /** Judges what arrived and carries the findings on. Calls run one after another. */
  advance(): Promise<void> {
    const run = this.#turn.then(() => this.#advance());
    this.#turn = run.catch(() => undefined);
    return run;
  }

  async #advance(): Promise<void> {
    const nowMs = this.time.now();
    if (nowMs !== null) {
      if (this.#topologyChanged) this.#tellTopology();
      const changes = this.options.analysis.advance(nowMs);
      this.#undelivered = merged(this.#undelivered, { episodes: [], ...changes });
    }
    await this.#deliver();
  }

  async #deliver(): Promise<void> {
    const { episodes, incidents, verdicts, jobs } = this.#undelivered;
    if (episodes.length + incidents.length + verdicts.length + jobs.length === 0) return;
    // What is found while these are being stored belongs to the next delivery.
    const delivering = this.#undelivered;
    this.#undelivered = nothing();
    const { documents, findings, clock, publish, alert, logger } = this.options;
    try {
      await documents.putEpisodes(newestById(episodes));
      await documents.putIncidents(incidents);
      await documents.putVerdicts(verdicts);
      await alert(incidents);
    } catch (error) {
      logger.error({ reason: errorMessage(error) }, 'findings not stored; trying again');
      this.#undelivered = merged(delivering, this.#undelivered);
      return;
    }
    findings.setIncidents(incidents, clock.now());
    findings.setVerdicts(verdicts);
    findings.setJobs(jobs);
    for (const data of incidents) publish({ event: 'incident', data });
    for (const data of verdicts) publish({ event: 'verdict', data });
    for (const data of jobs) publish({ event: 'job', data });
  }

  /** Runs when no judgement is under way and everything found is durable: for snapshots. */
  whenQuiet(work: () => Promise<void>): Promise<void> {
    const run = this.#turn.then(async () => {
      const { episodes, incidents, verdicts } = this.#undelivered;
      if (episodes.length + incidents.length + verdicts.length === 0) await work();
    });
    this.#turn = run.catch(() => undefined);
    return run;
  }
}

/** What was found and is not durable yet. */
interface Undelivered extends AnalysisChanges {
  episodes: Episode[];
}

function nothing(): Undelivered {
  return { episodes: [], incidents: [], verdicts: [], jobs: [] };
}

function newestOf<T>(items: readonly T[], key: (item: T) => string): T[] {
  return [...new Map(items.map((item) => [key(item), item])).values()];
}

function newestById<T extends { id: string }>(items: readonly T[]): T[] {
  return newestOf(items, ({ id }) => id);
}

/** Both, the later version of each document. */
function merged(a: Undelivered, b: Undelivered): Undelivered {
  return {
    episodes: newestById([...a.episodes, ...b.episodes]),
    incidents: newestById([...a.incidents, ...b.incidents]),
    verdicts: newestOf([...a.verdicts, ...b.verdicts], ({ job, step, run = 0 }) => `${job}\n${step}\n${run}`),
    jobs: newestOf([...a.jobs, ...b.jobs], ({ job }) => job),
  };
}
