// A stand-in for the monitor, as its own process: keeps every line of every request it has read whole in a file
// before it answers. Arguments: port (0 = any), directory. Prints the port.
import { appendFileSync, readdirSync } from 'node:fs';
import { createServer } from 'node:http';
import { gunzipSync } from 'node:zlib';

const [port, directory] = process.argv.slice(2);

// One that was killed in the middle of a write leaves half a line: it must not swallow the next one.
for (const name of readdirSync(directory)) appendFileSync(`${directory}/${name}`, '\n');

createServer((request, response) => {
  const parts = [];
  request.on('data', (part) => parts.push(part));
  request.on('end', () => {
    const raw = Buffer.concat(parts);
    const body = request.headers['content-encoding'] === 'gzip' ? gunzipSync(raw) : raw;
    const path = new URL(request.url, 'http://x').pathname;
    const name = path.endsWith('/write') ? 'samples' : path.slice(path.lastIndexOf('/') + 1);
    appendFileSync(`${directory}/${name}.txt`, body);
    if (name === 'samples') response.writeHead(204).end();
    else response.writeHead(202, { 'content-type': 'application/json' }).end('{"accepted":1,"rejected":[]}');
  });
}).listen(Number(port), '127.0.0.1', function listening() {
  process.stdout.write(`${this.address().port}\n`);
});
