import { z } from 'zod';

const httpUrl = z.url({ protocol: /^https?$/, error: 'must be an http or https URL' });

/** Where samples are kept. `embedded` is a database in the monitor's own data directory and needs nothing else. */
export const storeSchema = z
  .discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('embedded') }).describe('In the data directory of the monitor'),
    z
      .strictObject({
        kind: z.literal('influxdb'),
        url: httpUrl.describe('For example http://influx:8086'),
        org: z.string().min(1),
        bucket: z.string().min(1),
        token: z.string().min(1).describe('A secret; needs read and write on the bucket'),
      })
      .describe('InfluxDB 2'),
    z
      .strictObject({
        kind: z.literal('victoriametrics'),
        url: httpUrl.describe('For example http://victoria:8428'),
        token: z.string().min(1).optional().describe('Bearer token; a secret'),
      })
      .describe('VictoriaMetrics'),
  ])
  .default({ kind: 'embedded' });

export type StoreConfig = z.output<typeof storeSchema>;
