import { expect, it } from 'vitest';
import { parseErrors } from '../../../collectors/infiniband/errors.ts';
import type { ToolOutput } from '../../../collectors/infiniband/tools.ts';
import { ErrorWatch } from '../../../collectors/infiniband/watch.ts';
import { CollectorError } from '../../../lib/errors.ts';

const output = (lines: string) => `Errors for 0x98039b0300aa1100 "leaf-07 Quantum-2"
   GUID 0x98039b0300aa1100 port ALL: [SymbolErrorCounter == 65535] [PortXmitWait == 900]
${lines}
## Summary: 12 nodes checked, 1 bad nodes found
##          768 ports checked, 2 ports have errors beyond threshold
## Thresholds: 
`;
const port = (number: number, counters: string) => `   GUID 0x98039b0300aa1100 port ${number}: ${counters}\n`;
const failure = 'ibqueryerrors: failed without a word';

it('reads errors by port, and not their sums', () => {
  const text = output(
    port(3, '[SymbolErrorCounter == 17] [PortXmitWait == 5] [PortXmitData == 1288490 (4.915MB)]') +
      '   Link info:      7    3[  ] ==( 4X 106.25 Gbps Active/  LinkUp)==>  0x1 12 1[  ] "gpu07" ( )\n',
  );
  expect(parseErrors(text)).toEqual([
    {
      guid: '0x98039b0300aa1100',
      port: 3,
      counters: new Map([
        ['SymbolErrorCounter', 17],
        ['PortXmitWait', 5],
        ['PortXmitData', 1_288_490],
      ]),
    },
  ]);
});

function watching(answers: (string | Error)[]) {
  const calls: string[] = [];
  const run = async (tool: string, args: readonly string[]): Promise<ToolOutput> => {
    calls.push(`${tool} ${args.join(' ')}`);
    const answer = answers.shift() ?? '';
    if (typeof answer !== 'string') throw answer;
    return { text: answer, failure };
  };
  const watch = new ErrorWatch({ tools: { run }, timeoutMs: 100, hosts: false });
  return { calls, watch, look: () => watch.look('/state/fabric', new AbortController().signal) };
}

it('tells which ports waited or had errors since the last look, and when a link was trained', async () => {
  const { look, calls } = watching([
    output(port(3, '[PortXmitWait == 5]') + port(4, '[SymbolErrorCounter == 65535]')),
    output(port(3, '[PortXmitWait == 5]') + port(4, '[SymbolErrorCounter == 65535]')),
    output(
      port(3, '[PortXmitWait == 6]') + port(9, '[PortXmitDiscards == 1]') + port(8, '[PortRcvSwitchRelayErrors == 1]'),
    ),
    output(port(3, '[PortXmitWait == 6] [LinkDownedCounter == 1]')),
  ]);
  const guid = '0x98039b0300aa1100';
  // What stood there at the first look may be years old.
  expect(await look()).toEqual({ ports: new Set(), linkChanged: false });
  expect(await look()).toEqual({ ports: new Set(), linkChanged: false });
  expect(await look()).toEqual({ ports: new Set([`${guid} 3`, `${guid} 9`]), linkChanged: false });
  expect(await look()).toEqual({ ports: new Set([`${guid} 3`]), linkChanged: true });
  expect(calls[0]).toBe('ibqueryerrors --load-cache /state/fabric --threshold-file /dev/null --switch');
});

it('asks less and less often where the command fails, and says so', async () => {
  const broken = new CollectorError('timeout', 'ibqueryerrors did not end within 100 ms');
  const { look, calls, watch } = watching([broken, broken, 'cut off', output('')]);
  for (let i = 0; i < 11; i++) await look();
  expect(calls.length).toBe(4);
  expect(watch.problem).toBeUndefined();
  const again = watching([broken]);
  await again.look();
  expect(again.watch.problem).toBe('quiet ports are read in turns only: ibqueryerrors did not end within 100 ms');
  expect(await again.watch.look(undefined, new AbortController().signal)).toEqual({
    ports: new Set(),
    linkChanged: false,
  });
});
