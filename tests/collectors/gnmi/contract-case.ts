import type { CollectorCase } from '../../contracts/collector.ts';
import { type FakeTarget, startFakeTarget } from './fake-target.ts';

const PASSWORD = 'correct-horse';
let target: FakeTarget | undefined;
const entry = (name: string, address: string) => ({
  name,
  collector: 'gnmi',
  address,
  tls: false,
  username: 'stallscope',
  password: PASSWORD,
  interval: '20ms',
  timeout: '500ms',
});

/** The fake target under the suite every collector passes. */
export const gnmiCase: CollectorCase = {
  secret: PASSWORD,
  good: async () => {
    target = await startFakeTarget({ password: PASSWORD });
    return entry('leaf1', target.address);
  },
  // Nothing listens on the discard port of loopback.
  dead: () => entry('leaf2', '127.0.0.1:9'),
  close: async () => {
    await target?.close();
    target = undefined;
  },
};
