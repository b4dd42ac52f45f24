import { MemoryDocumentStore } from '../../../lib/store/memory/documents.ts';
import { MemorySampleStore } from '../../../lib/store/memory/index.ts';
import { describeDocuments } from '../../contracts/documents.ts';
import { describeStore } from '../../contracts/store.ts';

describeStore(
  'memory',
  async () => {
    const samples = new MemorySampleStore();
    return { samples, close: () => samples.close() };
  },
  { documents: false, idempotentWrites: true, retention: false },
);

describeDocuments('memory', async (clock) => {
  const documents = new MemoryDocumentStore(clock);
  return { documents, close: () => documents.close() };
});
