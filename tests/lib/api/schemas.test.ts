import { describe, expectTypeOf, it } from 'vitest';
import type { z } from 'zod';
import type * as documents from '../../../lib/api/documents.ts';
import type { collectiveInputSchema, collectorEventSchema } from '../../../lib/api/ingest.ts';
import type { Episode, Evidence } from '../../../lib/detectors/episode.ts';
import type { Incident } from '../../../lib/diagnosis/incident.ts';
import type { CollectorEvent, TargetHealth } from '../../../lib/events/events.ts';
import type { DeviceInfo, JobPlacement, Link } from '../../../lib/topology/types.ts';
import type { CollectiveRecord } from '../../../lib/training/collective.ts';
import type { JobSummary, StepRecord, StepVerdict } from '../../../lib/training/step.ts';

/** Both directions: a field added to a document must be added to its schema, and the other way round. */
describe('schemas of documents', () => {
  it('describe exactly the types the rest of lib works with', () => {
    expectTypeOf<z.output<typeof documents.evidenceSchema>>().toEqualTypeOf<Evidence>();
    expectTypeOf<z.output<typeof documents.episodeSchema>>().toEqualTypeOf<Episode>();
    expectTypeOf<z.output<typeof documents.incidentSchema>>().toEqualTypeOf<Incident>();
    expectTypeOf<z.output<typeof documents.linkSchema>>().toEqualTypeOf<Link>();
    expectTypeOf<z.output<typeof documents.deviceInfoSchema>>().toEqualTypeOf<DeviceInfo>();
    expectTypeOf<z.output<typeof documents.jobPlacementSchema>>().toEqualTypeOf<JobPlacement>();
    expectTypeOf<z.output<typeof documents.targetHealthSchema>>().toEqualTypeOf<TargetHealth>();
    expectTypeOf<z.output<typeof documents.stepVerdictSchema>>().toEqualTypeOf<StepVerdict>();
    expectTypeOf<z.output<typeof documents.stepRecordSchema>>().toEqualTypeOf<StepRecord>();
    expectTypeOf<z.output<typeof documents.jobSummarySchema>>().toEqualTypeOf<JobSummary>();
    expectTypeOf<z.output<typeof collectorEventSchema>>().toEqualTypeOf<CollectorEvent>();
    expectTypeOf<z.output<typeof collectiveInputSchema>>().toEqualTypeOf<CollectiveRecord>();
  });
});
