import { readFileSync } from 'node:fs';
import {
  Client,
  type ClientDuplexStream,
  credentials,
  logVerbosity,
  Metadata,
  type ServiceError,
  setLogVerbosity,
  status,
} from '@grpc/grpc-js';
import { CollectorError, errorMessage, type FabricErrorCode } from '../../../lib/errors.ts';
import { authorityOf, type GnmiConfig } from '../config.ts';

/**
 * gRPC servers in Go and C end a connection that pings more often than every 5 minutes while no data flows
 * (too_many_pings), and many devices leave that as it is. Streams that should flow are watched by the watchdog.
 * @source grpc/proposal A8 and A9
 */
const KEEPALIVE_MS = 310_000;
// What happens to a connection is told in the health of its target, not on standard error.
setLogVerbosity(logVerbosity.NONE);

const METHOD = '/gnmi.gNMI';
const asIs = (bytes: Buffer): Buffer => bytes;

/** Ours for each status of gRPC; what is not here may pass by itself. */
const CODES: Partial<Record<number, FabricErrorCode>> = {
  [status.INVALID_ARGUMENT]: 'unsupported',
  [status.NOT_FOUND]: 'unsupported',
  [status.UNIMPLEMENTED]: 'unsupported',
  [status.DEADLINE_EXCEEDED]: 'timeout',
  [status.PERMISSION_DENIED]: 'unauthorized',
  [status.UNAUTHENTICATED]: 'unauthorized',
  [status.RESOURCE_EXHAUSTED]: 'too_large',
  [status.UNAVAILABLE]: 'unreachable',
  [status.CANCELLED]: 'cancelled',
};

/** An open Subscribe call. */
export interface Subscription {
  send(request: Buffer): void;
  /** Rejects with what ended the call; also when the device ended it in good order. */
  ended: Promise<never>;
  cancel(): void;
}

/**
 * One connection to a device. Certificates are read when it is made, so renewed ones are taken with the next. Messages
 * come and go as bytes.
 * @throws CollectorError where a certificate file cannot be read or used
 */
export class GnmiSession {
  private readonly client: Client;
  private readonly metadata = new Metadata();

  constructor(private readonly config: GnmiConfig) {
    const { tls } = config;
    const options: Record<string, string | number> = {
      'grpc.max_receive_message_length': config.maxMessageBytes,
      'grpc.enable_http_proxy': 0,
      'grpc.service_config_disable_resolution': 1,
      'grpc.enable_retries': 0,
      // Connections are not shared: some SONiC releases take one call per connection.
      'grpc.use_local_subchannel_pool': 1,
      'grpc.keepalive_time_ms': KEEPALIVE_MS,
      'grpc.keepalive_timeout_ms': 20_000,
      'grpc-node.flow_control_window': 1_048_576,
    };
    if (tls !== false && tls.serverName !== undefined) {
      options['grpc.ssl_target_name_override'] = tls.serverName;
      options['grpc.default_authority'] = tls.serverName;
    }
    this.client = new Client(authorityOf(config.address) ?? config.address, channelCredentials(config), options);
    this.authenticate(config);
  }

  private authenticate({ username, password = '', authScheme }: GnmiConfig): void {
    if (username === undefined) return;
    if (authScheme === 'basic') {
      this.metadata.set('authorization', `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`);
      return;
    }
    this.metadata.set('username', username);
    if (password !== '') this.metadata.set('password', password);
  }

  capabilities(request: Buffer, signal: AbortSignal): Promise<Buffer> {
    return this.unary('Capabilities', request, signal);
  }

  get(request: Buffer, signal: AbortSignal): Promise<Buffer> {
    return this.unary('Get', request, signal);
  }

  /** @param received called with every message; what it throws ends the call */
  subscribe(request: Buffer, received: (message: Buffer) => void): Subscription {
    const call: ClientDuplexStream<Buffer, Buffer> = this.client.makeBidiStreamRequest(
      `${METHOD}/Subscribe`,
      asIs,
      asIs,
      this.metadata,
    );
    const ended = new Promise<never>((_, reject) => {
      call.on('error', (error: ServiceError) => reject(failureOf(error)));
      call.on('end', () =>
        reject(new CollectorError('unavailable', 'the device ended the subscription', { retryable: true })),
      );
      call.on('data', (message: Buffer) => {
        try {
          received(message);
        } catch (error) {
          reject(error);
          call.cancel();
        }
      });
    });
    call.write(request);
    return { send: (next) => call.write(next), ended, cancel: () => call.cancel() };
  }

  close(): void {
    this.client.close();
  }

  private unary(method: string, request: Buffer, signal: AbortSignal): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      const deadline = Date.now() + this.config.timeout;
      const call = this.client.makeUnaryRequest<Buffer, Buffer>(
        `${METHOD}/${method}`,
        asIs,
        asIs,
        request,
        this.metadata,
        { deadline },
        (error, answer) => {
          signal.removeEventListener('abort', cancel);
          if (error !== null) reject(failureOf(error));
          else resolve(answer ?? Buffer.alloc(0));
        },
      );
      const cancel = (): void => call.cancel();
      if (signal.aborted) cancel();
      else signal.addEventListener('abort', cancel, { once: true });
    });
  }
}

function channelCredentials({ tls }: GnmiConfig): ReturnType<typeof credentials.createSsl> {
  if (tls === false) return credentials.createInsecure();
  const read = (file: string | undefined): Buffer | null => {
    if (file === undefined) return null;
    try {
      return readFileSync(file);
    } catch (error) {
      throw new CollectorError('config', `cannot read ${file}: ${errorMessage(error)}`, { cause: error });
    }
  };
  const [ca, key, cert] = [read(tls.ca), read(tls.key), read(tls.cert)];
  try {
    return credentials.createSsl(ca, key, cert, { rejectUnauthorized: !tls.skipVerify });
  } catch (error) {
    throw new CollectorError('config', `the TLS files cannot be used: ${errorMessage(error)}`, { cause: error });
  }
}

function failureOf(error: ServiceError): CollectorError {
  const code = CODES[error.code] ?? 'unavailable';
  const name = status[error.code] ?? String(error.code);
  return new CollectorError(code, `${name}: ${error.details.slice(0, 300)}`, { cause: error });
}
