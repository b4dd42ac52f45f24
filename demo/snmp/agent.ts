import { createSocket, type Socket } from 'node:dgram';
import { listenNear } from '../live/listen.ts';
import type { Access } from './access.ts';
import { BerReader, integer, objectId, readObjectId, TAG, tlv } from './ber.ts';
import type { MibView } from './view.ts';

/** Largest answer, bytes: GetBulk stops before it, as RFC 3416 section 4.2.3 allows. */
const MAX_ANSWER_BYTES = 8000;
const MAX_REPETITIONS = 128;
/** Room for what stands around the bindings: ids, user, digest. */
const ENVELOPE_BYTES = 200;

interface AgentOptions {
  access: Access;
  view: MibView;
  /** 0 or left out: any free port. */
  port?: number;
  /** Called before each answer: brings what is served up to now. */
  refresh?: () => void;
}

/** A read-only SNMP agent on loopback: Get, GetNext and GetBulk over one view. */
export class SnmpAgent {
  private socket: Socket | undefined;
  requests = 0;

  constructor(private readonly options: AgentOptions) {}

  /** Opens the port; takes a free one if the wanted one is taken. @returns the UDP port. */
  start(): Promise<number> {
    return listenNear(this.options.port ?? 0, (port) => this.bind(port));
  }

  async stop(): Promise<void> {
    const { socket } = this;
    this.socket = undefined;
    if (socket) await new Promise<void>((resolve) => socket.close(() => resolve()));
  }

  private bind(port: number): Promise<number> {
    const socket = createSocket('udp4');
    return new Promise((resolve, reject) => {
      socket.once('error', (error) => {
        socket.close();
        reject(error);
      });
      socket.bind(port, '127.0.0.1', () => {
        socket.removeAllListeners('error');
        // A peer that has gone makes an ICMP error here: its own affair.
        socket.on('error', () => {});
        socket.on('message', (request, peer) => {
          const answer = this.answer(request);
          if (answer) socket.send(answer, peer.port, peer.address, () => {});
        });
        this.socket = socket;
        resolve(socket.address().port);
      });
    });
  }

  /** The answer to one datagram, or undefined: agents are silent on what they cannot read or may not answer. */
  answer(datagram: Buffer): Buffer | undefined {
    try {
      return this.options.access.answer(datagram, (pdu, maxBytes) => this.answerPdu(pdu, maxBytes));
    } catch (error) {
      if (error instanceof RangeError) return undefined;
      throw error;
    }
  }

  private answerPdu(asked: Buffer, maxBytes: number): Buffer | undefined {
    const pdu = new BerReader(asked).next();
    const reader = new BerReader(pdu.value);
    const requestId = reader.int();
    const first = reader.int();
    const second = reader.int();
    const oids = readNames(reader.expect(TAG.sequence));
    this.requests++;
    this.options.refresh?.();
    const bindings = this.bindings(pdu.tag, oids, first, second, Math.min(MAX_ANSWER_BYTES, maxBytes - ENVELOPE_BYTES));
    if (!bindings) return undefined;
    return tlv(
      TAG.response,
      Buffer.concat([integer(requestId), integer(0), integer(0), tlv(TAG.sequence, Buffer.concat(bindings))]),
    );
  }

  private bindings(
    tag: number,
    oids: number[][],
    first: number,
    second: number,
    maxBytes: number,
  ): Buffer[] | undefined {
    const { view } = this.options;
    if (tag === TAG.get) {
      return oids.map((oid) => {
        const row = view.get(oid);
        return row ? binding(row.name, row.value()) : binding(objectId(oid), tlv(TAG.noSuchInstance, Buffer.alloc(0)));
      });
    }
    if (tag === TAG.getNext) return oids.map((oid) => this.following(view.after(oid), oid).bytes);
    if (tag !== TAG.getBulk) return undefined;
    const nonRepeaters = Math.max(0, Math.min(first, oids.length));
    const repetitions = Math.max(0, Math.min(second, MAX_REPETITIONS));
    return this.bulk(oids, nonRepeaters, repetitions, maxBytes);
  }

  private bulk(oids: number[][], nonRepeaters: number, repetitions: number, maxBytes: number): Buffer[] {
    const { view } = this.options;
    const bindings: Buffer[] = [];
    let size = 0;
    const push = (bytes: Buffer): boolean => {
      if (size + bytes.length > maxBytes) return false;
      size += bytes.length;
      bindings.push(bytes);
      return true;
    };
    for (const oid of oids.slice(0, nonRepeaters)) push(this.following(view.after(oid), oid).bytes);
    const columns = oids.slice(nonRepeaters).map((oid) => ({ oid, position: view.after(oid) }));
    for (let row = 0; row < repetitions; row++) {
      let ended = 0;
      for (const column of columns) {
        const next = this.following(column.position, column.oid);
        if (!push(next.bytes)) return bindings;
        if (next.end) ended++;
        else {
          const served = view.at(column.position);
          if (served) column.oid = [...served.oid];
          column.position++;
        }
      }
      if (ended === columns.length) break;
    }
    return bindings;
  }

  private following(position: number, asked: readonly number[]): { bytes: Buffer; end: boolean } {
    const row = this.options.view.at(position);
    if (row) return { bytes: binding(row.name, row.value()), end: false };
    return { bytes: binding(objectId(asked), tlv(TAG.endOfMibView, Buffer.alloc(0))), end: true };
  }
}

function binding(name: Buffer, value: Buffer): Buffer {
  return tlv(TAG.sequence, Buffer.concat([name, value]));
}

function readNames(list: Buffer): number[][] {
  const reader = new BerReader(list);
  const names: number[][] = [];
  while (!reader.done) names.push(readObjectId(new BerReader(reader.expect(TAG.sequence)).expect(TAG.oid)));
  return names;
}
