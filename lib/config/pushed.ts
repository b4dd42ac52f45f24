import { z } from 'zod';

const UNITS = ['ns', 'us', 'ms', 's', 'min'] as const;

const stepMapping = z.strictObject({
  measurement: z.string().min(1).describe('Lines of this measurement are training steps'),
  job: z.string().min(1).max(256).optional().describe('The job they are of, where no tag says so'),
  jobTag: z.string().min(1).default('job').describe('Tag that names the job'),
  step: z.string().min(1).default('step').describe('Field with the number of the step'),
  time: z.string().min(1).describe('Field with the time the step took'),
  unit: z.enum(UNITS).default('ms').describe('Unit of that time'),
  rankTag: z.string().min(1).default('rank').describe('Tag or field with the rank'),
  hostTag: z.string().min(1).default('host').describe('Tag that names the host'),
  averagedOver: z.int().positive().default(1).describe('Steps a line is a mean over: its log interval'),
});
export type StepMapping = z.output<typeof stepMapping>;

const remoteWrite = z.strictObject({
  deviceLabel: z
    .string()
    .min(1)
    .optional()
    .describe('Label that names the device; a series without it is of the host in its label instance'),
  alias: z.record(z.string(), z.string()).default({}).describe('Interface name -> port it belongs to: {eth2: mlx5_0}'),
  ufmDataUnit: z
    .enum(['words', 'bytes'])
    .default('words')
    .describe("Unit of UFM's PortXmitDataExtended; compare with the link rate"),
});

/** Measurements that are known of themselves. */
const MEASUREMENTS = [
  'train_step',
  'port',
  'infiniband',
  'ethtool',
  'interface',
  'snmp',
  'ifcounters',
  'lanz_congestion_record',
];

/** What pushed data means beside what is known of itself (docs/http-api.md). */
export const pushedSchema = z
  .strictObject({
    steps: z.array(stepMapping).default([]).describe('Measurements of your own that are training steps'),
    lanz: z
      .strictObject({
        segmentBytes: z
          .int()
          .positive()
          .optional()
          .describe("Size of a segment of the switch's memory, in which LANZ tells queues; without it, drops only"),
      })
      .prefault({})
      .describe("Congestion records of Arista's LANZ"),
    remoteWrite: remoteWrite.prefault({}).describe('How series that Prometheus writes here are understood'),
  })
  .superRefine(({ steps }, ctx) => {
    const seen = new Set(MEASUREMENTS);
    for (const [index, { measurement }] of steps.entries()) {
      if (seen.has(measurement)) {
        const path = ['steps', index, 'measurement'];
        ctx.addIssue({ code: 'custom', path, message: `"${measurement}" has a meaning already` });
      }
      seen.add(measurement);
    }
  })
  .prefault({});

/** `train_step`, as it is understood without configuration. */
export const TRAIN_STEP: StepMapping = stepMapping.parse({ measurement: 'train_step', time: 'time_ms' });
