/**
 * What the HTTP API answers, as the dashboard and other clients read it. Incidents, episodes, verdicts, jobs and
 * targets are served as the documents they are (lib/diagnosis, lib/training, lib/events); the views here are joined for
 * one screen. The types follow from the schemas the handlers and the OpenAPI document use.
 */

import type { z } from 'zod';
import type { Incident } from '../diagnosis/incident.ts';
import type { TargetHealth } from '../events/events.ts';
import type { JobSummary, StepVerdict } from '../training/step.ts';
import type {
  deliverySchema,
  heatCellSchema,
  intakeViewSchema,
  jobDetailSchema,
  leafEdgeCellSchema,
  overviewViewSchema,
  portDetailSchema,
  portPageSchema,
  portRowSchema,
  problemSchema,
  rankMapSchema,
  seriesAnswerSchema,
  stepExplanationSchema,
  stripSchema,
  topologyViewSchema,
} from './views.ts';

/** Every list: `nextCursor` is null on the last page. */
export interface Page<T> {
  items: T[];
  nextCursor: string | null;
}

/** GET /api/v1/ports */
export type PortPage = z.output<typeof portPageSchema>;
export type Problem = z.output<typeof problemSchema>;
export type PortRow = z.output<typeof portRowSchema>;
export type PortDetail = z.output<typeof portDetailSchema>;
export type SeriesAnswer = z.output<typeof seriesAnswerSchema>;
export type HeatCell = z.output<typeof heatCellSchema>;
export type LeafEdgeCell = z.output<typeof leafEdgeCellSchema>;
export type OverviewView = z.output<typeof overviewViewSchema>;
export type Strip = z.output<typeof stripSchema>;
export type IntakeView = z.output<typeof intakeViewSchema>;
export type TopologyView = z.output<typeof topologyViewSchema>;
export type JobDetail = z.output<typeof jobDetailSchema>;
export type RankMap = z.output<typeof rankMapSchema>;
export type StepExplanation = z.output<typeof stepExplanationSchema>;
export type Delivery = z.output<typeof deliverySchema>;

/** The overview as the stream tells it: without `heat` where the map is the one that was sent before. */
export type OverviewUpdate = Omit<OverviewView, 'heat'> & Partial<Pick<OverviewView, 'heat'>>;

/** GET /api/v1/stream[?port=device/port]: server-sent events; `id` is a growing number, a comment line every 15 s keeps it open. */
export type StreamEvent =
  | { event: 'overview'; data: OverviewUpdate }
  | { event: 'incident'; data: Incident }
  | { event: 'verdict'; data: StepVerdict }
  | { event: 'job'; data: JobSummary }
  | { event: 'target'; data: TargetHealth }
  | { event: 'port'; data: PortRow }
  | { event: 'delivery'; data: Delivery };
