/** Length of one sample file's time range, ms. */
export const HOUR_MS = 3_600_000;
