import { gnmiConfigSchema } from '../../collectors/gnmi/config.ts';
import { DeviceClock } from '../../collectors/gnmi/intake/device-clock.ts';
import { Intake } from '../../collectors/gnmi/intake/intake.ts';
import { Rounds } from '../../collectors/gnmi/intake/rounds.ts';
import { DeviceTable } from '../../collectors/gnmi/intake/table.ts';
import { aristaPfc } from '../../collectors/gnmi/paths/arista-pfc.ts';
import { openconfigInterfaces } from '../../collectors/gnmi/paths/openconfig-interfaces.ts';
import { encodeSubscribe } from '../../collectors/gnmi/proto/requests.ts';
import { GnmiSession } from '../../collectors/gnmi/stream/session.ts';

/** What a reader has read. */
export interface Counted {
  messages: number;
  /** As far as the reader itself counts them; 0 = it does not. */
  updates: number;
}

/** Our own way from the connection to numbers by port: session, intake, table; no frames are cut. */
export function readWithOurs(address: string, pfc: boolean): { counted: Counted; table: DeviceTable; close(): void } {
  const config = gnmiConfigSchema.parse({ name: 'leaf1', address, tls: false });
  const session = new GnmiSession(config);
  const table = new DeviceTable(() => true);
  const rounds = new Rounds(config.interval, () => {});
  const set = pfc ? aristaPfc : openconfigInterfaces;
  const intake = new Intake(set, table, new DeviceClock(), rounds, 0);
  const counted: Counted = { messages: 0, updates: 0 };
  const request = encodeSubscribe({
    target: '',
    origin: set.origin,
    paths: set.paths.map((path) => ({ ...path, intervalMs: config.interval })),
    encoding: 'PROTO',
    list: 'stream',
    heartbeatMs: config.heartbeat,
  });
  const call = session.subscribe(request, (message) => {
    const nowMs = Date.now();
    rounds.arrived(nowMs);
    intake.subscribeResponse(message, nowMs);
    counted.messages++;
  });
  call.ended.catch(() => {});
  return {
    counted,
    table,
    close: () => {
      call.cancel();
      session.close();
    },
  };
}
