export {
  type DeviceNeighbours,
  FabricMap,
  type Neighbour,
  portKey,
  UNKNOWN_NEIGHBOURS,
} from './fabric-map.ts';
export { type JobPaths, jobPaths } from './job-paths.ts';
export type { DeviceInfo, DeviceRole, JobPlacement, Link, PortRef, RankPlacement } from './types.ts';
