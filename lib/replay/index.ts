export { type ReplayDocument, replayDocument } from './document.ts';
export { readRecording } from './read.ts';
export type { Recording } from './recording.ts';
export { type ReplayOptions, type ReplayResult, replay } from './replay.ts';
