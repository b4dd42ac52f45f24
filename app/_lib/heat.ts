/**
 * Colours of the blocked-time map: cividis, read dark-to-bright on the dark theme and bright-to-dark on the light one,
 * so that more blocked time is always more contrast to the page. Fixed scale 0..0.2 with a break at 0.05, so that two
 * screenshots compare; zero is the background.
 * @source Nuñez, Anderton, Renslow 2018, doi:10.1371/journal.pone.0199239 (cividis)
 */
const CIVIDIS: readonly (readonly [number, number, number])[] = [
  [0, 34, 78],
  [18, 53, 112],
  [59, 73, 108],
  [87, 93, 109],
  [112, 113, 115],
  [138, 134, 120],
  [165, 156, 116],
  [195, 179, 105],
  [225, 204, 85],
  [254, 232, 56],
];

/** Blocked fractions at which the scale starts its upper half, and ends. */
export const HEAT_BREAK_FRACTION = 0.05;
export const HEAT_MAX_FRACTION = 0.2;

/** Position on the scale 0..1: the first half is spent on 0..5 %, the second on 5..20 %; above stays at 1. */
export function heatPosition(fraction: number): number {
  const value = Math.max(0, fraction);
  if (value <= HEAT_BREAK_FRACTION) return (value / HEAT_BREAK_FRACTION) * 0.5;
  const upper = (value - HEAT_BREAK_FRACTION) / (HEAT_MAX_FRACTION - HEAT_BREAK_FRACTION);
  return Math.min(1, 0.5 + upper * 0.5);
}

function cividis(position: number): [number, number, number] {
  const scaled = Math.min(1, Math.max(0, position)) * (CIVIDIS.length - 1);
  const index = Math.min(CIVIDIS.length - 2, Math.floor(scaled));
  const low = CIVIDIS[index] ?? [0, 0, 0];
  const high = CIVIDIS[index + 1] ?? low;
  const part = scaled - index;
  const mix = (from: number, to: number) => Math.round(from + (to - from) * part);
  return [mix(low[0], high[0]), mix(low[1], high[1]), mix(low[2], high[2])];
}

/** Small values stay quiet on a white page, where the bright end of the map would shout. */
function towardsWhite([red, green, blue]: readonly [number, number, number], share: number): [number, number, number] {
  const lift = (channel: number) => Math.round(channel + (255 - channel) * share);
  return [lift(red), lift(green), lift(blue)];
}

function luminance([red, green, blue]: readonly [number, number, number]): number {
  const linear = (channel: number) => {
    const share = channel / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  };
  return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);
}

/** Black or white, whichever stands out more from a background. */
function inkOn(colour: readonly [number, number, number]): string {
  return luminance(colour) > 0.18 ? '#000000' : '#ffffff';
}

function css([red, green, blue]: readonly [number, number, number]): string {
  return `rgb(${red} ${green} ${blue})`;
}

/** Background and text colour of one cell in both themes; zero is the empty background. */
export interface HeatColours {
  light: string;
  lightInk: string;
  dark: string;
  darkInk: string;
}

/** @param fraction share of time blocked, 0..1 */
export function heatColours(fraction: number): HeatColours {
  if (fraction <= 0) {
    return { light: 'var(--heat-empty)', lightInk: 'var(--muted)', dark: 'var(--heat-empty)', darkInk: 'var(--muted)' };
  }
  const position = heatPosition(fraction);
  const light = towardsWhite(cividis(1 - position), 0.65 * (1 - position));
  const dark = cividis(position);
  return { light: css(light), lightInk: inkOn(light), dark: css(dark), darkInk: inkOn(dark) };
}
