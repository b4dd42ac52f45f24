// Stands in for the monitor, as its own process so that a benchmark measures the collector alone: answers as the
// monitor does and keeps nothing but the lengths of the intervals it was told of. Also UDP ports in front of an agent
// that answer late, and ports that never answer. Arguments: FORWARD_PORT LATE SILENT DELAY_MS INTERVAL_MS; prints one
// JSON line. GET answers {bytes, intervals, late, worst} since the last GET.
import { createSocket } from 'node:dgram';
import { createServer } from 'node:http';

const [forwardPort, late, silent, delayMs, intervalMs] = process.argv.slice(2).map(Number);
/** An interval is late when it is off by more than this. */
const LATE = 0.05;
/** One line a poll and device: that of its first port. */
const MARK = ',port=Ethernet1/1 ';
const LONGEST_LINE = 8192;
const seen = { bytes: 0, intervals: 0, late: 0, worst: 0 };

function note(text) {
  const found = /interval_ms=([\d.]+)/.exec(text);
  if (found === null) return;
  const off = Math.abs(Number(found[1]) / intervalMs - 1);
  seen.intervals++;
  if (off > LATE) seen.late++;
  seen.worst = Math.max(seen.worst, off);
}

function scan(part, rest) {
  const bytes = rest.length > 0 ? Buffer.concat([rest, part]) : part;
  for (let at = bytes.indexOf(MARK); at >= 0; at = bytes.indexOf(MARK, at + 1)) {
    const end = bytes.indexOf(10, at);
    if (end < 0) return bytes.subarray(at);
    note(bytes.toString('latin1', at, end));
  }
  return bytes.subarray(Math.max(0, bytes.length - MARK.length));
}

const server = createServer((request, response) => {
  if (request.method === 'GET') {
    response.end(JSON.stringify(seen));
    Object.assign(seen, { bytes: 0, intervals: 0, late: 0, worst: 0 });
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
