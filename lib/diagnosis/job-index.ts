import { type FabricMap, portKey } from '../topology/fabric-map.ts';
import { type JobPaths, jobPaths } from '../topology/job-paths.ts';
import type { JobPlacement, PortRef } from '../topology/types.ts';

/** Which jobs use which ports; rebuilt when jobs or topology change. */
export class JobIndex {
  private readonly paths = new Map<string, JobPaths>();
  private readonly users = new Map<string, string[]>();

  constructor(map: FabricMap, jobs: readonly JobPlacement[]) {
    for (const job of jobs) {
      const paths = jobPaths(map, job);
      this.paths.set(job.job, paths);
      for (const key of [...paths.nics, ...paths.edge, ...paths.fabric]) {
        const users = this.users.get(key);
        if (users === undefined) this.users.set(key, [job.job]);
        else users.push(job.job);
      }
    }
  }

  jobs(): Iterable<string> {
    return this.paths.keys();
  }

  /** Jobs whose traffic can cross a port. */
  usersOf(port: PortRef): readonly string[] {
    return this.users.get(portKey(port.device, port.port)) ?? [];
  }

  /** True where a port is a job's NIC or the switch port that faces it. */
  isEdgeOf(job: string, port: PortRef): boolean {
    const paths = this.paths.get(job);
    const key = portKey(port.device, port.port);
    return paths !== undefined && (paths.nics.has(key) || paths.edge.has(key));
  }

  pathsOf(job: string): JobPaths | undefined {
    return this.paths.get(job);
  }
}
