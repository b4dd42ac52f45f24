import { type Metadata, Server, ServerCredentials, type ServiceDefinition, status } from '@grpc/grpc-js';
import { ProtoWriter } from '../../lib/protobuf/writer.ts';
import { listenNear } from '../live/listen.ts';
import { batchesOf, capabilities, documents, type Model } from './messages.ts';
import { encodingOf, pathText, Refusal, refusalOf, wholePath } from './refusal.ts';
import { readGet } from './requests.ts';
import { type Served, SubscribeCall, type SubscribeStream } from './subscribe-call.ts';
import { leavesUnder } from './tree.ts';

interface TargetOptions extends Served {
  models: readonly Model[];
  username: string;
  password: string;
  /** 0 or left out: any free port. */
  port?: number;
}

interface UnaryCall {
  request: Buffer;
  metadata: Metadata;
}
type Done = (error: Refusal | null, answer?: Buffer) => void;

/** Larger requests are no subscription of anyone's, bytes. */
const MAX_REQUEST_BYTES = 65_536;

/** GetRequest.type. */
const CONFIG = 1;

const asIs = (bytes: Buffer): Buffer => bytes;
const method = (name: string, stream: boolean): ServiceDefinition[string] => ({
  path: `/gnmi.gNMI/${name}`,
  requestStream: stream,
  responseStream: stream,
  requestSerialize: asIs,
  requestDeserialize: asIs,
  responseSerialize: asIs,
  responseDeserialize: asIs,
});

/** A gNMI target on loopback: Capabilities, Get and Subscribe for one user. @source gNMI specification 0.10.0 */
export class GnmiTarget {
  private server: Server | undefined;

  constructor(private readonly options: TargetOptions) {}

  /** Opens the port; takes a free one if the wanted one is taken. @returns the TCP port. */
  start(): Promise<number> {
    return listenNear(this.options.port ?? 0, (port) => this.open(port));
  }

  stop(): void {
    this.server?.forceShutdown();
    this.server = undefined;
  }

  private open(port: number): Promise<number> {
    const server = new Server({ 'grpc.max_receive_message_length': MAX_REQUEST_BYTES });
    server.addService(
      { capabilities: method('Capabilities', false), get: method('Get', false), subscribe: method('Subscribe', true) },
      {
        capabilities: (call: UnaryCall, done: Done) => this.unary(call, done, () => capabilities(this.options.models)),
        get: (call: UnaryCall, done: Done) => this.unary(call, done, (bytes) => this.get(bytes)),
        subscribe: (call: SubscribeStream) => this.subscribe(call),
      },
    );
    return new Promise((resolve, reject) => {
      server.bindAsync(`127.0.0.1:${port}`, ServerCredentials.createInsecure(), (error, bound) => {
        if (error) return reject(error);
        this.server = server;
        resolve(bound);
      });
    });
  }

  private unary({ request, metadata }: UnaryCall, done: Done, answer: (request: Buffer) => Buffer): void {
    try {
      this.authenticate(metadata);
      done(null, answer(request));
    } catch (error) {
      done(refusalOf(error));
    }
  }

  private subscribe(call: SubscribeStream): void {
    const subscribed = new SubscribeCall(call, this.options);
    // A reader that has gone ends its own call only.
    call.on('error', () => subscribed.end());
    call.on('cancelled', () => subscribed.end());
    call.on('end', () => {
      subscribed.end();
      call.end();
    });
    try {
      this.authenticate(call.metadata);
    } catch (error) {
      call.emit('error', refusalOf(error));
      return;
    }
    call.on('data', (request: Buffer) => subscribed.take(request));
  }

  /** @throws Refusal */
  private authenticate(metadata: Metadata): void {
    const { username, password } = this.options;
    if (metadata.get('username')[0] === username && metadata.get('password')[0] === password) return;
    throw new Refusal(status.UNAUTHENTICATED, 'user and password are not those of this device');
  }

  private get(bytes: Buffer): Buffer {
    const request = readGet(bytes);
    const encoding = encodingOf(request.encoding);
    const { leaves } = this.options;
    const atMs = this.options.refresh();
    const answer = new ProtoWriter();
    for (const path of request.paths.length === 0 ? [request.prefix] : request.paths) {
      const { elems, origin } = wholePath(request.prefix, path === request.prefix ? { ...path, elems: [] } : path);
      // Nothing here is configuration.
      const found = request.type === CONFIG ? [] : leavesUnder(leaves, elems);
      if (found.length === 0) throw new Refusal(status.NOT_FOUND, `${pathText(elems)} is not there`);
      const echo = { origin, target: request.prefix.target };
      if (encoding !== 'PROTO') {
        // A path with "..." has no depth of its own: each leaf is a document.
        const depth = elems.some(({ name }) => name === '...') ? Number.POSITIVE_INFINITY : elems.length;
        answer.message(1, documents(found, depth, atMs, encoding === 'JSON_IETF', echo));
        continue;
      }
      for (const batch of batchesOf(found, echo)) {
        const notification = batch.notification(atMs, encoding, true);
        if (notification !== null) answer.message(1, notification);
      }
    }
    return answer.finish();
  }
}
