import type { FuzzSubject } from './run.ts';

/** Everything that reads what others write, by name; each loads only what it tries. */
export const SUBJECTS: Readonly<Record<string, () => Promise<FuzzSubject>>> = {
  snmp: async () => (await import('./snmp.ts')).snmpSubject(),
  gnmi: async () => (await import('./gnmi.ts')).gnmiSubject(),
  lanz: async () => (await import('./lanz.ts')).lanzSubject(),
  prometheus: async () => (await import('./prometheus.ts')).prometheusSubject(),
  infiniband: async () => (await import('./infiniband.ts')).infinibandSubject(),
  host: async () => (await import('./host.ts')).hostSubject(),
  training: async () => (await import('./training.ts')).trainingSubject(),
  'line-protocol': async () => (await import('./pushed.ts')).lineProtocolSubject(),
  telegraf: async () => (await import('./jobs.ts')).telegrafSubject(),
  otlp: async () => (await import('./jobs.ts')).otlpSubject(),
  scheduler: async () => (await import('./jobs.ts')).schedulerSubject(),
  tables: async () => (await import('./tables.ts')).tablesSubject(),
  mlflow: async () => (await import('./tables.ts')).mlflowSubject(),
  'dcgm-jobs': async () => (await import('./dcgm-jobs.ts')).dcgmJobsSubject(),
  'training-files': async () => (await import('./jobs.ts')).trainingFilesSubject(),
  'remote-write': async () => (await import('./remote-write.ts')).remoteWriteSubject(),
  steps: async () => (await import('./pushed.ts')).stepsSubject(),
};
