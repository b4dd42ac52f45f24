import { IntervalMeter } from '../../lib/collect/poll-loop.ts';
import type { ReportedPath } from '../../lib/collect/types.ts';
import type { TargetHealth, TargetPathHealth } from '../../lib/events/events.ts';
import type { SnmpConfig } from './config.ts';
import { OPTICS_FIELDS } from './fields.ts';
import { type PlanPath, pathsOf } from './paths.ts';
import type { PollPlan, SlotValues } from './plan/plan.ts';
import type { OpticsKind } from './profiles/profile.ts';

/** Intervals a path may miss before it has no interval any more. */
const SILENT_INTERVALS = 3;

const OPTICS_TABLE: Record<OpticsKind, string> = {
  'entity-sensor': 'entPhySensorTable',
  'cisco-entity-sensor': 'entSensorValueTable',
  'juniper-dom': 'jnxDomCurrentTable, jnxDomModuleLaneTable',
  'ruijie-fiber': 'ruijieFiberTable, ruijieFiberChannelTable',
  'huawei-optics': 'hwOpticalModuleInfoTable',
};

/** Paths beside the plan's. */
export type RarePath = 'optics' | 'neighbours';

/** What one round over the plan said of its groups. */
export interface RoundNews {
  values: SlotValues;
  /** [group] why it failed, in the operator's words. */
  failures: ReadonlyMap<number, string>;
}

interface Progress {
  meter: IntervalMeter;
  lastMs: number;
  lastError: TargetHealth['lastError'];
}

/** What is asked of each part of a device's answers, and what comes. */
export class PathBoard {
  private paths: PlanPath[] = [];
  private ports = 0;
  private readonly progress = new Map<string, Progress>();
  private opticsKind: OpticsKind | null = null;
  private opticsMissing: string[] = [];
  /** Objects that are not used, each with the reason behind its name and a colon. */
  refused: string[] = [];

  constructor(private readonly config: Pick<SnmpConfig, 'interval' | 'optics' | 'discovery'>) {}

  /** From now on this plan is asked. */
  planned(plan: PollPlan, opticsKind: OpticsKind): void {
    this.paths = pathsOf(plan);
    this.ports = plan.ports.length;
    this.opticsKind = opticsKind;
  }

  /** A round over the plan is over. */
  polled({ values, failures }: RoundNews, nowMs: number): void {
    for (const { kind, groups, bases } of this.paths) {
      if (bases.some((base) => this.hasAny(values, base))) this.answered(kind, nowMs);
      for (const group of groups) {
        const message = failures.get(group);
        if (message !== undefined) this.failed(kind, message, nowMs);
      }
    }
  }

  /** No answer at all: every part of the plan has failed. */
  allFailed(message: string, nowMs: number): void {
    for (const { kind, groups } of this.paths) if (groups.length > 0) this.failed(kind, message, nowMs);
  }

  /** The optics were read; `given` are the fields they gave. */
  opticsRead(given: readonly string[], nowMs: number): void {
    this.opticsMissing = OPTICS_FIELDS.filter((field) => !given.includes(field));
    this.answered('optics', nowMs);
  }

  answered(path: RarePath | string, nowMs: number): void {
    const progress = this.progressOf(path);
    progress.meter.started(nowMs);
    progress.lastMs = nowMs;
  }

  failed(path: RarePath | string, message: string, nowMs: number): void {
    this.progressOf(path).lastError = { atMs: nowMs, message };
  }

  /** One line a path; before the device is known there is only what was asked of it. */
  report(nowMs: number): ReportedPath[] {
    const { interval, optics, discovery } = this.config;
    if (this.paths.length === 0) return [{ ...this.line('counters', interval, nowMs), path: 'counters' }];
    const lines = this.paths.flatMap((path) => this.planLine(path, nowMs));
    if (optics > 0 && this.opticsKind !== null) {
      const path = `optics (${OPTICS_TABLE[this.opticsKind]})`;
      lines.push({ ...this.line('optics', optics, nowMs), path, counters: [], missing: this.opticsMissing });
    }
    lines.push({ ...this.line('neighbours', discovery, nowMs), path: 'neighbours (LLDP)', counters: [] });
    return lines;
  }

  private planLine({ kind, tables, counters, missing, objects }: PlanPath, nowMs: number): ReportedPath[] {
    const served = tables.length > 0;
    // Nobody misses it.
    if (!served && missing.length === 0) return [];
    const names = tables.map((table) => table.slice(table.indexOf(' ') + 1)).join(', ');
    return [
      {
        ...this.line(kind, this.config.interval, nowMs),
        path: served ? `${kind} (${names})`.slice(0, 256) : kind,
        counters,
        missing,
        refused: this.refused.filter((text) => objects.has(text.slice(0, text.indexOf(':')))),
        ...(served ? {} : { served }),
      },
    ];
  }

  private line(kind: string, requestedIntervalMs: number, nowMs: number): Omit<TargetPathHealth, 'path'> {
    const progress = this.progress.get(kind);
    const achieved = progress?.meter.achievedIntervalMs() ?? null;
    const isSilent =
      progress === undefined ||
      nowMs - progress.lastMs > SILENT_INTERVALS * Math.max(requestedIntervalMs, achieved ?? 0);
    return {
      requestedIntervalMs,
      achievedIntervalMs: isSilent ? null : achieved,
      staircaseMs: null,
      lastError: progress?.lastError ?? null,
    };
  }

  private hasAny(values: SlotValues, base: number): boolean {
    for (let slot = base; slot < base + this.ports; slot++) if (values.present[slot] === 1) return true;
    return false;
  }

  private progressOf(path: string): Progress {
    let progress = this.progress.get(path);
    if (progress === undefined) {
      progress = { meter: new IntervalMeter(0), lastMs: Number.NEGATIVE_INFINITY, lastError: null };
      this.progress.set(path, progress);
    }
    return progress;
  }
}
