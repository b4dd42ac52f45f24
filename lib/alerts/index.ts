export type { ReceiverConfig } from './config.ts';
export { type AlertServiceOptions, createAlertService } from './service.ts';
export type { AlertService } from './types.ts';
