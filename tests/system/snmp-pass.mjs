// pass_persist program for snmpd: serves the tables of a lossless switch that snmpd itself does not have.
// Usage: node snmp-pass.mjs OID-ROOT IFINDEX...
import { createInterface } from 'node:readline';

const [root, ...ports] = process.argv.slice(2);
const LLDP = '.1.0.8802.1.1.2';
const PFC = '.1.3.6.1.4.1.9.9.813.1.2.1';
const DOT3_PAUSE = '.1.3.6.1.2.1.10.7.10.1';

/** [oid, type, value] in the order of a walk. */
const rows = [];
for (const column of [2, 3]) {
  for (const port of ports) {
    for (let priority = 0; priority < 8; priority++) {
      // Beyond 2^53, so that a value that went through a double would be wrong.
      const value = 18_000_000_000_000_000_000n + BigInt(column * 1000 + Number(port) * 10 + priority);
      rows.push([`${PFC}.${column}.${port}.${priority}`, 'counter64', String(value)]);
    }
  }
}
for (const column of [5, 6]) {
  for (const port of ports)
    rows.push([`${DOT3_PAUSE}.${column}.${port}`, 'counter64', String(column * 100 + Number(port))]);
}
const port = ports[0];
rows.push(
  [`${LLDP}.1.3.7.1.2.17`, 'integer', '7'],
  [`${LLDP}.1.3.7.1.3.17`, 'string', 'lo'],
  [`${LLDP}.1.4.1.1.4.0.17.1`, 'integer', '4'],
  [`${LLDP}.1.4.1.1.5.0.17.1`, 'string', '02:42:ac:11:00:02'],
  [`${LLDP}.1.4.1.1.6.0.17.1`, 'integer', '5'],
  [`${LLDP}.1.4.1.1.7.0.17.1`, 'string', 'Ethernet7/1'],
  [`${LLDP}.1.4.1.1.8.0.17.1`, 'string', 'to leaf 1'],
  [`${LLDP}.1.4.1.1.9.0.17.1`, 'string', 'spine9'],
  [`${LLDP}.1.4.1.1.12.0.17.1`, 'octet', '28 00'],
);
const served = rows.filter(([oid]) => oid.startsWith(`${root}.`) && port !== undefined);
served.sort(([a], [b]) => compare(a, b));

function compare(a, b) {
  const left = a.split('.').slice(1).map(Number);
  const right = b.split('.').slice(1).map(Number);
  for (let i = 0; i < Math.min(left.length, right.length); i++) if (left[i] !== right[i]) return left[i] - right[i];
  return left.length - right.length;
}

let command = null;
createInterface({ input: process.stdin }).on('line', (line) => {
  if (line === 'PING') {
    process.stdout.write('PONG\n');
  } else if (command === null) {
    command = line;
  } else {
    const next = command === 'getnext';
    command = null;
    const hit = served.find(([oid]) => (next ? compare(oid, line) > 0 : compare(oid, line) === 0));
    process.stdout.write(hit ? `${hit.join('\n')}\n` : 'NONE\n');
  }
});
