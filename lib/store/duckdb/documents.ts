/** A table of documents: the columns that queries look at, and the document itself as JSON text in `doc`. */
export interface DocumentTable {
  name: string;
  columns: Record<string, 'VARCHAR' | 'DOUBLE'>;
  key: string[];
}

/** `received_ms` is when the monitor took it, so that a restart can feed again what came after its last snapshot. */
export const DOCUMENT_TABLES: DocumentTable[] = [
  {
    name: 'episodes',
    columns: {
      id: 'VARCHAR',
      device: 'VARCHAR',
      port: 'VARCHAR',
      start_ms: 'DOUBLE',
      end_ms: 'DOUBLE',
      received_ms: 'DOUBLE',
      doc: 'VARCHAR',
    },
    key: ['id'],
  },
  {
    name: 'incidents',
    columns: { id: 'VARCHAR', start_ms: 'DOUBLE', end_ms: 'DOUBLE', doc: 'VARCHAR' },
    key: ['id'],
  },
  {
    name: 'steps',
    columns: {
      job: 'VARCHAR',
      step: 'DOUBLE',
      rank: 'DOUBLE',
      start_ms: 'DOUBLE',
      end_ms: 'DOUBLE',
      received_ms: 'DOUBLE',
      doc: 'VARCHAR',
    },
    key: ['job', 'step', 'rank', 'start_ms'],
  },
  {
    name: 'verdicts',
    columns: {
      job: 'VARCHAR',
      step: 'DOUBLE',
      run: 'DOUBLE',
      start_ms: 'DOUBLE',
      end_ms: 'DOUBLE',
      slow: 'DOUBLE',
      doc: 'VARCHAR',
    },
    key: ['job', 'step', 'run'],
  },
  { name: 'jobs', columns: { job: 'VARCHAR', doc: 'VARCHAR' }, key: ['job'] },
];
