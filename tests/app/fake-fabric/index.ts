import type { Delivery } from '../../../lib/api/types.ts';
import type { PortListQuery } from '../../../lib/queries/port-list.ts';
import type { PageQuery, Queries, TimeQuery } from '../../../lib/queries/types.ts';
import { firstDeliveries, testDelivery } from './deliveries.ts';
import { incidentsOf } from './incidents.ts';
import { jobDetail, summaryOf } from './job-detail.ts';
import { type FakeJob, jobsOf } from './jobs.ts';
import { overviewOf } from './overview.ts';
import { paginate } from './paging.ts';
import { portDetail, portPage } from './ports.ts';
import { explanationOf, rankMapOf } from './ranks.ts';
import { type FakeMode, Scene } from './scene.ts';
import { seriesOf } from './series.ts';
import { stepsOf } from './steps.ts';
import { stripOf } from './strip.ts';
import { intakeOf, targetsOf } from './targets.ts';
import { topologyOf } from './topology.ts';

export type { FakeMode } from './scene.ts';
export { HOSTILE_PORT } from './topology.ts';

/** A monitor's answers for a 4 x 4 fabric with two jobs, as a function of the clock. For tests and for looking at pages. */
export class FakeFabric implements Queries {
  readonly #scene: Scene;
  readonly #deliveries: Delivery[];

  /** @param clock Unix ms */
  constructor(mode: FakeMode = 'storm', clock: () => number = Date.now) {
    this.#scene = new Scene(mode, clock);
    this.#deliveries = firstDeliveries(clock());
  }

  get mode(): FakeMode {
    return this.#scene.mode;
  }

  set mode(mode: FakeMode) {
    this.#scene.mode = mode;
  }

  /** @throws in the mode `broken`, as a store that does not answer */
  #answering(): Scene {
    if (this.mode === 'broken') throw new Error('the store does not answer: /data/store is not writable');
    return this.#scene;
  }

  #job(name: string): FakeJob | undefined {
    return jobsOf(this.#answering()).find((job) => job.name === name);
  }

  async overview() {
    return overviewOf(this.#answering());
  }

  async topology() {
    return topologyOf(this.#answering());
  }

  async strip() {
    return stripOf(this.#answering());
  }

  async targets(page?: PageQuery) {
    return paginate(targetsOf(this.#answering()), page);
  }

  async intake() {
    return intakeOf(this.#answering());
  }

  async ports(query: PortListQuery = {}) {
    return portPage(this.#answering(), query);
  }

  async port(device: string, port: string) {
    return portDetail(this.#answering(), device, port);
  }

  async series(query: Parameters<Queries['series']>[0]) {
    return seriesOf(this.#answering(), query);
  }

  async episodes() {
    return { items: [], nextCursor: null };
  }

  async incidents(query: PageQuery & TimeQuery & { openOnly?: boolean } = {}) {
    const incidents = incidentsOf(this.#answering());
    return paginate(query.openOnly === true ? incidents.filter(({ endMs }) => endMs === null) : incidents, query);
  }

  async incident(id: string) {
    return incidentsOf(this.#answering()).find((incident) => incident.id === id);
  }

  async jobs(page?: PageQuery) {
    const scene = this.#answering();
    return paginate(
      jobsOf(scene).map((job) => summaryOf(scene, job)),
      page,
    );
  }

  async job(name: string) {
    const job = this.#job(name);
    return job === undefined ? undefined : jobDetail(this.#answering(), job);
  }

  async steps(name: string, query: PageQuery & TimeQuery & { slowOnly?: boolean } = {}) {
    const job = this.#job(name);
    const steps = job === undefined ? [] : stepsOf(this.#answering(), job);
    return paginate(query.slowOnly === true ? steps.filter(({ slow }) => slow) : steps, query);
  }

  async collectives() {
    return { items: [], nextCursor: null };
  }

  async ranks(name: string, { steps = 120 }: { steps?: number } = {}) {
    return rankMapOf(this.#answering(), this.#job(name), steps);
  }

  async explain(name: string, step: number) {
    const job = this.#job(name);
    return job === undefined ? undefined : explanationOf(this.#answering(), job, step);
  }

  async deliveries(page?: PageQuery) {
    return paginate(this.#answering().mode === 'empty' ? [] : this.#deliveries, page);
  }

  /** A test message, delivered at once. */
  sendTest(receiver: string): Delivery {
    const delivery = testDelivery(receiver, this.#scene.now());
    this.#deliveries.unshift(delivery);
    return delivery;
  }
}
