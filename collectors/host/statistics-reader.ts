/** Gives the driver statistics of an interface as `ethtool -S` prints them; undefined where there are none. */
export interface StatisticsReader {
  /**
   * @param only names that are asked for, where not all are; others may come too
   * @returns the text, valid until the next read
   */
  read(netdev: string, only?: StatisticNames): Promise<Buffer | undefined>;
  close(): void;
}

/** Names of statistics. */
export type StatisticNames = Pick<ReadonlySet<string>, 'has'>;
