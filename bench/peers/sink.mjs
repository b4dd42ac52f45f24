// Stands in for the monitor, as its own process so that a benchmark measures the collector alone: answers as the
// monitor does and keeps nothing but the lengths of the intervals it was told of. Also UDP ports in front of an agent
// that answer late, and ports that never answer. Arguments: FORWARD_PORT LATE SILENT DELAY_MS INTERVAL_MS; prints one
// JSON line. GET answers what was seen since the last GET; `machineLateMs` is how late this idle process itself was
// woken at worst: nobody is more punctual than the machine.
import { createSocket } from 'node:dgram';
import { createServer } from 'node:http';

const [forwardPort, late, silent, delayMs, intervalMs] = process.argv.slice(2).map(Number);
/** An interval is late when it is off by more than this. */
const LATE = 0.05;
/** One line a poll and device: that of its first port. */
const MARK = ',port=Ethernet1/1 ';
const LONGEST_LINE = 8192;
/** Of healthy switches only. */
const HEALTHY = 'port,device=leaf';
let seen = fresh();

function fresh() {
  return { bytes: 0, off: [], machineLateMs: 0 };
}

function note(text) {
  const found = text.startsWith(HEALTHY) && /interval_ms=([\d.]+)/.exec(text);
  if (found) seen.off.push(Math.abs(Number(found[1]) / intervalMs - 1));
}

function told() {
  const off = seen.off.sort((a, b) => a - b);
  const at = (share) => off[Math.min(off.length - 1, Math.floor(share * off.length))] ?? null;
  return {
    bytes: seen.bytes,
    intervals: off.length,
    late: off.filter((share) => share > LATE).length,
    median: at(0.5),
    p99: at(0.99),
    machineLateMs: Math.round(seen.machineLateMs),
  };
}

const BEAT_MS = 20;
let beatMs = performance.now();
setInterval(() => {
  const nowMs = performance.now();
  seen.machineLateMs = Math.max(seen.machineLateMs, nowMs - beatMs - BEAT_MS);
  beatMs = nowMs;
}, BEAT_MS);

function scan(part, rest) {
  const bytes = rest.length > 0 ? Buffer.concat([rest, part]) : part;
  for (let at = bytes.indexOf(MARK); at >= 0; at = bytes.indexOf(MARK, at + 1)) {
    const end = bytes.indexOf(10, at);
    if (end < 0) break;
    note(bytes.toString('latin1', bytes.lastIndexOf(10, at) + 1, end));
  }
  return bytes.subarray(bytes.lastIndexOf(10) + 1);
}

const server = createServer((request, response) => {
  if (request.method === 'GET') {
    response.end(JSON.stringify(told()));
    seen = fresh();
    return;
  }
  const samples = request.url.startsWith('/api/v2/write');
  let rest = Buffer.alloc(0);
  request.on('data', (part) => {
    seen.bytes += part.length;
    if (samples) rest = scan(part, rest.length < LONGEST_LINE ? rest : Buffer.alloc(0));
  });
  request.on('end', () => response.writeHead(samples ? 204 : 202).end());
});

const bound = (socket) => new Promise((resolve) => socket.bind(0, '127.0.0.1', () => resolve(socket.address().port)));

/** A port in front of an agent: what comes goes there at once, and its answer comes back `delayMs` later. */
function lateAgent() {
  const front = createSocket('udp4');
  front.on('message', (datagram, from) => {
    const back = createSocket('udp4');
    back.on('message', (answer) => {
      back.close();
      setTimeout(() => front.send(answer, from.port, from.address), delayMs);
    });
    back.send(datagram, forwardPort, '127.0.0.1');
  });
  return bound(front);
}

const latePorts = await Promise.all(Array.from({ length: late }, lateAgent));
const silentPorts = await Promise.all(Array.from({ length: silent }, () => bound(createSocket('udp4'))));
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`${JSON.stringify({ port: server.address().port, latePorts, silentPorts })}\n`);
});
