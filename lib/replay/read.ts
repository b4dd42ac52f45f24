import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { constants, gunzipSync } from 'node:zlib';
import { errorMessage, ParseError } from '../errors.ts';
import { parseCounters } from './counters-csv.ts';
import { parseFabric } from './fabric-json.ts';
import type { Recording } from './recording.ts';
import { parseSteps } from './steps-csv.ts';

/**
 * Reads a recorded fabric (format `stallscope-trace/1`): `fabric.json`, `counters.csv.gz` (or `counters.csv`) and,
 * where there is one, `steps.csv`. Nothing else in the folder is opened.
 * @throws ParseError with one sentence naming file and row
 */
export async function readRecording(directory: string): Promise<Recording> {
  const fabricFile = join(directory, 'fabric.json');
  const fabric = parseFabric((await readWhole(fabricFile)).toString('utf8'), fabricFile);
  const notes = [...fabric.notes];

  const packed = join(directory, 'counters.csv.gz');
  const plain = join(directory, 'counters.csv');
  const countersFile = !existsSync(packed) && existsSync(plain) ? plain : packed;
  const bytes = await readWhole(countersFile);
  const counters = parseCounters(countersFile === packed ? unpack(bytes, packed) : bytes, countersFile, notes);

  const stepsFile = join(directory, 'steps.csv');
  const steps = existsSync(stepsFile) ? parseSteps((await readWhole(stepsFile)).toString('utf8'), stepsFile) : [];
  if (steps.length === 0) notes.push('no steps.csv: no step can be judged');

  const devices = [...fabric.devices];
  const known = new Set(devices.map((entry) => entry.device));
  for (const { device } of counters.ports) {
    if (known.has(device)) continue;
    known.add(device);
    devices.push({ device, role: 'unknown', polled: true });
    notes.push(`${countersFile}: device ${device} is not in fabric.json: its place in the fabric is unknown`);
  }
  return { ...fabric, devices, counters, steps, notes };
}

async function readWhole(file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (error) {
    const code = (error as { code?: unknown }).code;
    const why = code === 'ENOENT' ? 'there is no such file' : errorMessage(error);
    throw new ParseError(`${file}: row 1: ${why}`, { cause: error });
  }
}

function unpack(bytes: Buffer, file: string): Buffer {
  try {
    return gunzipSync(bytes);
  } catch (error) {
    throw new ParseError(`${file}: row ${readableRows(bytes)}: not a complete gzip file (${errorMessage(error)})`, {
      cause: error,
    });
  }
}

/** How far a broken gzip file can be read, in rows: the place to name. */
function readableRows(bytes: Buffer): number {
  try {
    const part = gunzipSync(bytes, { finishFlush: constants.Z_SYNC_FLUSH });
    return part.toString('latin1').split('\n').length;
  } catch {
    return 1;
  }
}
