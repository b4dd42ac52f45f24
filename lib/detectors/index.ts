export { DETECTOR_DEFAULTS, type DetectorConfig } from './config.ts';
export { createDeviceDetectors, type DeviceDetectors } from './device.ts';
export type { Episode, Evidence } from './episode.ts';
