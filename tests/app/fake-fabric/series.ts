import type { SeriesAnswer } from '../../../lib/api/types.ts';
import type { Queries } from '../../../lib/queries/types.ts';
import { MINUTE_MS, type Scene } from './scene.ts';
import { fieldAt, GIVEN_FIELDS } from './values.ts';

/** The curves of one port, with a gap of two minutes that charts must not bridge, ten minutes after the start. */
export function seriesOf(scene: Scene, query: Parameters<Queries['series']>[0]): SeriesAnswer {
  const { device, port, fields, priority, fromMs, toMs, maxPoints = 400 } = query;
  const stepMs = Math.max(1000, Math.ceil((toMs - fromMs) / maxPoints / 1000) * 1000);
  const first = Math.ceil(Math.max(fromMs, scene.startMs) / stepMs) * stepMs;
  const timestampsMs: number[] = [];
  for (let at = first; at <= toMs; at += stepMs) timestampsMs.push(at);
  const gapFromMs = scene.startMs + 10 * MINUTE_MS;
  const inGap = (at: number) => at >= gapFromMs && at < gapFromMs + 2 * MINUTE_MS;
  return {
    fromMs,
    toMs,
    series: fields
      .filter((field) => GIVEN_FIELDS.includes(field))
      .map((field) => ({
        labels: { device, port, field, ...(priority === undefined || priority === null ? {} : { priority }) },
        unit: 'fraction',
        timestampsMs,
        values: timestampsMs.map((at) => (inGap(at) ? null : (fieldAt(scene, { device, port }, field, at) ?? null))),
      })),
  };
}
