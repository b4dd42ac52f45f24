export { ColumnPool, type ColumnSource } from './columns.ts';
export { createNormaliser, type NormalisedPoll, type Normaliser } from './normaliser.ts';
export type { CounterColumn, CounterName, GaugeColumn, GaugeName, ReadingFrame } from './reading.ts';
