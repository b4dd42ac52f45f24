import { createSocket, type Socket } from 'node:dgram';
import { securityFor } from '../../../collectors/snmp/wire/auth.ts';
import { BerReader, integer, TAG, tlv } from '../../../collectors/snmp/wire/ber.ts';
import { TOO_BIG } from '../../../collectors/snmp/wire/message.ts';
import { compareOids, decodeOid, encodeOid, parseOid } from '../../../collectors/snmp/wire/oid.ts';
import { SnmpSession } from '../../../collectors/snmp/wire/session.ts';

/** One object: dotted OID, tag, contents octets. */
export interface FakeObject {
  oid: number[];
  tag: number;
  contents: Buffer;
}

/** A request as the agent has read it. */
export interface FakeRequest {
  type: number;
  requestId: number;
  community: string;
  oids: number[][];
  nonRepeaters: number;
  maxRepetitions: number;
}

/** What an unfriendly agent does. Each may be changed while it runs. */
export interface Behaviour {
  community: string;
  /** Largest answer. */
  maxBytes: number;
  /** What happens to a larger one: variables are left out of GetBulk answers, or it is refused as tooBig (Get always is). */
  overflow: 'cut' | 'refuse';
  /** How long it thinks about each answer. */
  delayMs: number;
  /** Called for each answer; null sends nothing. */
  spoil: (answer: Buffer, request: FakeRequest) => Buffer | null;
}

/**
 * An SNMPv2c agent on loopback that answers Get and GetBulk from a table: for tests only, so that every device and
 * every fault can be had without one.
 */
export class FakeAgent {
  readonly behaviour: Behaviour = {
    community: 'public',
    maxBytes: 60_000,
    overflow: 'cut',
    delayMs: 0,
    spoil: (answer) => answer,
  };
  readonly requests: FakeRequest[] = [];
  private objects: FakeObject[] = [];
  private isClosed = false;

  private constructor(private readonly socket: Socket) {}

  static async start(objects: FakeObject[] = []): Promise<FakeAgent> {
    const socket = createSocket('udp4');
    await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
    const agent = new FakeAgent(socket);
    agent.load(objects);
    socket.on('message', (datagram, from) => {
      const answer = agent.answer(datagram);
      if (answer === null) return;
      const send = (): void => void (agent.isClosed || socket.send(answer, from.port, from.address));
      if (agent.behaviour.delayMs > 0) setTimeout(send, agent.behaviour.delayMs);
      else send();
    });
    return agent;
  }

  get address(): string {
    return `127.0.0.1:${this.socket.address().port}`;
  }

  load(objects: FakeObject[]): void {
    this.objects = [...objects].sort((a, b) => compareOids(a.oid, b.oid));
  }

  /** Replaces or adds one object. */
  set(object: FakeObject): void {
    this.load([...this.objects.filter(({ oid }) => compareOids(oid, object.oid) !== 0), object]);
  }

  remove(prefix: string): void {
    this.load(this.objects.filter(({ oid }) => !`${oid.join('.')}.`.startsWith(`${prefix}.`)));
  }

  close(): void {
    this.isClosed = true;
    this.socket.close();
  }

  private answer(datagram: Buffer): Buffer | null {
    const request = readRequest(datagram);
    if (request === null || request.community !== this.behaviour.community) return null;
    this.requests.push(request);
    const body: Buffer[] = [];
    let room = this.behaviour.maxBytes - 60;
    for (const variable of this.variables(request)) {
      room -= variable.length;
      if (room < 0) break;
      body.push(variable);
    }
    const refused = room < 0 && (request.type === TAG.get || this.behaviour.overflow === 'refuse');
    if (refused) body.length = 0;
    const status = integer(refused ? TOO_BIG : 0);
    const pdu = tlv(TAG.response, integer(request.requestId), status, integer(0), tlv(TAG.sequence, ...body));
    const answer = tlv(TAG.sequence, integer(1), tlv(TAG.octetString, Buffer.from(request.community)), pdu);
    return this.behaviour.spoil(answer, request);
  }

  private *variables(request: FakeRequest): Generator<Buffer> {
    if (request.type === TAG.get) {
      for (const oid of request.oids) {
        const hit = this.objects.find((object) => compareOids(object.oid, oid) === 0);
        yield variable(oid, hit?.tag ?? TAG.noSuchInstance, hit?.contents ?? Buffer.alloc(0));
      }
      return;
    }
    const at = request.oids.map((oid) => this.after(oid));
    for (let i = 0; i < request.nonRepeaters; i++) yield this.nth(at[i] ?? 0, request.oids[i] ?? []);
    for (let round = 0; round < request.maxRepetitions; round++) {
      for (let i = request.nonRepeaters; i < at.length; i++)
        yield this.nth((at[i] ?? 0) + round, request.oids[i] ?? []);
    }
  }

  private after(oid: number[]): number {
    const next = this.objects.findIndex((object) => compareOids(object.oid, oid) > 0);
    return next < 0 ? this.objects.length : next;
  }

  private nth(index: number, asked: number[]): Buffer {
    const object = this.objects[index];
    if (object === undefined) return variable(this.objects.at(-1)?.oid ?? asked, TAG.endOfMibView, Buffer.alloc(0));
    return variable(object.oid, object.tag, object.contents);
  }
}

function variable(oid: readonly number[], tag: number, contents: Buffer): Buffer {
  return tlv(TAG.sequence, tlv(TAG.oid, encodeOid(oid)), tlv(tag, contents));
}

function readRequest(datagram: Buffer): FakeRequest | null {
  const reader = new BerReader(datagram);
  reader.enter(TAG.sequence, 'message');
  if (reader.integer('version') !== 1) return null;
  const community = reader.octets('community').toString();
  const type = reader.header();
  const requestId = reader.integer('request id');
  const nonRepeaters = reader.integer('non-repeaters');
  const maxRepetitions = reader.integer('max-repetitions');
  reader.enter(TAG.sequence, 'variables');
  const oids: number[][] = [];
  while (reader.at < datagram.length) {
    reader.enter(TAG.sequence, 'variable');
    reader.enter(TAG.oid, 'name');
    oids.push(decodeOid(datagram, reader.at, reader.at + reader.length));
    reader.at += reader.length;
    reader.header();
  }
  return { type, requestId, community, oids, nonRepeaters, maxRepetitions };
}

/** A session of its own with an agent; close it after use. */
export function sessionWith(agent: FakeAgent): SnmpSession {
  const [host = '', port = ''] = agent.address.split(':');
  const security = securityFor({ version: '2c', community: agent.behaviour.community });
  return new SnmpSession({ host, port: Number(port), security, timeoutMs: 2000, retries: 1, maxInFlight: 4 });
}

/** Asks an agent with these objects something, and closes it. */
export async function asked<T>(objects: FakeObject[], question: (session: SnmpSession) => Promise<T>): Promise<T> {
  const agent = await FakeAgent.start(objects);
  const session = sessionWith(agent);
  try {
    return await question(session);
  } finally {
    session.close();
    agent.close();
  }
}

/** An object from text: the type numbers are those of snmpsim recordings (2 integer, 4 text, 4x hex, 6 OID, 64-70). */
export function object(oid: string, type: string, value: string): FakeObject {
  return { oid: parseOid(oid), ...encodeValue(type, value) };
}

/** Objects of a recording: one `OID|type|value` a line. */
export function recording(text: string): FakeObject[] {
  return text
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const [oid = '', type = '', ...value] = line.split('|');
      return object(oid, type, value.join('|'));
    });
}

function encodeValue(type: string, value: string): { tag: number; contents: Buffer } {
  if (type === '4') return { tag: TAG.octetString, contents: Buffer.from(value) };
  if (type === '4x') return { tag: TAG.octetString, contents: Buffer.from(value, 'hex') };
  if (type === '6') return { tag: TAG.oid, contents: encodeOid(parseOid(value)) };
  if (type === '2') return { tag: TAG.integer, contents: integer(Number(value)).subarray(2) };
  const bytes: number[] = [];
  for (let rest = BigInt(value); rest > 0n || bytes.length === 0; rest >>= 8n) bytes.unshift(Number(rest & 0xffn));
  if ((bytes[0] ?? 0) >= 0x80) bytes.unshift(0);
  return { tag: Number(type), contents: Buffer.from(bytes) };
}
