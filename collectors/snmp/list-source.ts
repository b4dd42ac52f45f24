import { plainPath, portlessHealth } from '../../lib/collect/portless-health.ts';
import { realSleep } from '../../lib/collect/sleep.ts';
import type { CollectorContext, ProbeResult, Source } from '../../lib/collect/types.ts';
import { CollectorError, errorMessage } from '../../lib/errors.ts';
import { deviceOf, type TargetEntry } from '../../lib/target-list/entries.ts';
import { TargetFile } from '../../lib/target-list/target-file.ts';
import { isAddress, type SnmpConfig, type SnmpTargetConfig, splitAddress } from './config.ts';
import { SnmpSource } from './source.ts';

/** A device of a list. */
interface ListedDevice {
  device: string;
  address: string;
}

interface Running {
  address: string;
  stop: AbortController;
  done: Promise<void>;
}

type ListConfig = SnmpTargetConfig & { discover: NonNullable<SnmpTargetConfig['discover']> };

/**
 * The devices that lists name, all read with the settings of one entry. Lists are looked at again and again: a new
 * device is started, one that is gone is stopped, the others are not touched. A list that cannot be read keeps its
 * last devices.
 */
export class SnmpListSource implements Source {
  private readonly lists: { file: TargetFile; devices: ListedDevice[] }[];
  private readonly running = new Map<string, Running>();
  /** Devices that were stopped: one that comes back waits until it has ended. */
  private readonly ending = new Map<string, Promise<void>>();
  private failures = 0;
  private lastSuccessMs: number | null = null;

  constructor(
    private readonly config: ListConfig,
    private readonly context: CollectorContext,
  ) {
    this.lists = config.discover.files.map((path) => ({ file: new TargetFile(path), devices: [] }));
  }

  async start(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const errors = this.read();
      this.follow(signal, errors);
      this.report(errors);
      await realSleep(this.config.discover.refresh, signal);
    }
    await Promise.all([...[...this.running.values()].map(({ done }) => done), ...this.ending.values()]);
  }

  /** Probes the first device of the lists: the settings are the same for all. */
  async probe(signal: AbortSignal): Promise<ProbeResult> {
    const [error] = this.read();
    const [first, ...others] = this.lists.flatMap(({ devices }) => devices);
    if (error !== undefined || first === undefined) {
      return { ok: false, message: error ?? 'the lists name no device', shows: [], cannotShow: [] };
    }
    const probe = await new SnmpSource(this.configOf(first), this.context).probe(signal);
    const count = others.length === 0 ? '1 device' : `${others.length + 1} devices; the first`;
    return { ...probe, message: `${count}, ${first.device}: ${probe.message}` };
  }

  /** Reads the lists that have changed. @returns what went wrong, each naming its list */
  private read(): string[] {
    const errors: string[] = [];
    for (const list of this.lists) {
      try {
        list.devices = list.file.readIfChanged((entry) => listed(entry, list.file.path)) ?? list.devices;
      } catch (error) {
        errors.push(errorMessage(error));
      }
    }
    return errors;
  }

  /** Starts what is new, stops what is gone or has moved. Of two devices of one name the first is read. */
  private follow(signal: AbortSignal, errors: string[]): void {
    const wanted = new Map<string, ListedDevice>();
    for (const { file, devices } of this.lists) {
      for (const listed of devices) {
        const other = wanted.get(listed.device);
        if (other === undefined) wanted.set(listed.device, listed);
        else if (other.address !== listed.address)
          errors.push(`${file.path}: ${listed.device} is listed as ${other.address} and as ${listed.address}`);
      }
    }
    for (const [device, { address, stop, done }] of this.running) {
      if (wanted.get(device)?.address === address) continue;
      stop.abort();
      this.running.delete(device);
      this.ending.set(device, done);
      void done.then(() => this.ending.delete(device));
    }
    for (const listed of wanted.values()) if (!this.running.has(listed.device)) this.begin(listed, signal);
  }

  private begin(listed: ListedDevice, signal: AbortSignal): void {
    const stop = new AbortController();
    const source = new SnmpSource(this.configOf(listed), this.context);
    const done = (this.ending.get(listed.device) ?? Promise.resolve())
      .then(() => source.start(AbortSignal.any([signal, stop.signal])))
      .catch((error: unknown) => {
        this.context.logger.error({ target: listed.device, err: error }, 'device stopped with an error');
      });
    this.running.set(listed.device, { address: listed.address, stop, done });
  }

  private configOf({ device, address }: ListedDevice): SnmpConfig {
    const { discover: _, ...settings } = this.config;
    return { ...settings, name: device, address };
  }

  /** Health of the lists themselves; each device tells its own. */
  private report(errors: readonly string[]): void {
    const { name, discover } = this.config;
    const nowMs = this.context.clock.now();
    if (errors.length === 0) this.lastSuccessMs = nowMs;
    else this.failures++;
    const health = portlessHealth(this.context, {
      target: name,
      device: name,
      collector: 'snmp',
      address: discover.files.join(', '),
      state: errors.length === 0 ? 'ok' : this.running.size > 0 ? 'degraded' : 'down',
      lastSuccessMs: this.lastSuccessMs,
      lastError: errors.length === 0 ? null : { atMs: nowMs, message: errors.join('; ') },
      polls: 0,
      failures: this.failures,
      paths: [plainPath('targets', discover.refresh)],
      refused: [],
    });
    this.context.sink.health(health);
  }
}

/** @throws CollectorError naming the list and what is no address */
function listed({ address, labels }: TargetEntry, where: string): ListedDevice {
  if (!isAddress(address)) {
    throw new CollectorError('malformed', `${where}: "${address.slice(0, 100)}" is not host, host:port or [IPv6]:port`);
  }
  return { device: deviceOf(labels, splitAddress(address).host), address };
}
