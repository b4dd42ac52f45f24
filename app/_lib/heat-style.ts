import type { CSSProperties } from 'react';
import type { HeatColours } from './heat.ts';

/** Both themes' colours as CSS variables; `.heat-cell` picks by theme. */
export function heatStyle(colours: HeatColours): CSSProperties {
  return {
    '--heat-light': colours.light,
    '--heat-light-ink': colours.lightInk,
    '--heat-dark': colours.dark,
    '--heat-dark-ink': colours.darkInk,
  } as CSSProperties;
}
