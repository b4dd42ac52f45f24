import { parseErrors } from '../../collectors/infiniband/errors.ts';
import { buildFabric } from '../../collectors/infiniband/fabric.ts';
import { parseLinkHints, parsePerfquery, parseTopology } from '../../collectors/infiniband/parse.ts';
import { EXTENDED, LINKINFO, TOPOLOGY } from '../../tests/collectors/infiniband/outputs.ts';
import { mutate } from './mutate.ts';
import { type FuzzSubject, shown } from './run.ts';

const NASTY = [
  "'",
  ' - ',
  '\n',
  '0x',
  'N/A',
  '\0',
  '9'.repeat(30),
  '-1',
  ' ',
  '[',
  ')',
  '\xff',
  " ( '".repeat(2000),
  ' '.repeat(8000),
  'SW     7  3 0x1 4x NDR '.repeat(400),
  '.'.repeat(8000),
  ' [A == 1]'.repeat(900),
  ' [A == 1 ('.repeat(180),
];

const ERRORS = `Errors for 0x98039b0300aa1100 "leaf-07 Quantum-2"
   GUID 0x98039b0300aa1100 port ALL: [SymbolErrorCounter == 17] [PortXmitWait == 5]
   GUID 0x98039b0300aa1100 port 3: [SymbolErrorCounter == 17] [PortXmitWait == 5] [PortXmitData == 1288490 (4.915MB)]
## Summary: 12 nodes checked, 1 bad nodes found
`;

/** Mutated output of `ibnetdiscover`, `iblinkinfo`, `perfquery` and `ibqueryerrors`. */
export function infinibandSubject(): FuzzSubject {
  const hints = parseLinkHints(LINKINFO);
  const fabricOf = (topology: string, linkInfo = hints): boolean => {
    const fabric = buildFabric(parseTopology(topology).ports, linkInfo, {});
    const names = new Set(fabric.ports.map(({ device, port }) => `${device}\n${port}`));
    if (names.size !== fabric.ports.length) throw new Error('a port stands twice in the fabric');
    if (fabric.ports.some(({ linkRateBitsPerSec }) => linkRateBitsPerSec === 0)) throw new Error('a link has no rate');
    return fabric.ports.length > 0;
  };
  const countersOf = (output: string): boolean => {
    const values = parsePerfquery(output).flatMap((port) => [...port.values.values()]);
    if (values.some(({ high, low }) => high >>> 0 !== high || low >>> 0 !== low)) throw new Error('no 32-bit words');
    return values.length > 0;
  };
  const kinds: readonly (readonly [string, (text: string) => boolean])[] = [
    [TOPOLOGY, (text) => fabricOf(text)],
    [LINKINFO, (text) => fabricOf(TOPOLOGY, parseLinkHints(text))],
    [EXTENDED, countersOf],
    [ERRORS, (text) => parseErrors(text).length > 0],
  ];
  return {
    next: (random) => {
      const [good, read] = random.pick(kinds);
      const bytes = mutate(Buffer.from(good), random, NASTY);
      return { describe: () => shown(bytes), run: () => read(bytes.toString('latin1')) };
    },
    isWell: () => kinds.every(([good, read]) => read(good)),
  };
}
