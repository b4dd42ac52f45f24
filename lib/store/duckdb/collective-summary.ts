import type { DuckDBConnection } from '@duckdb/node-api';
import {
  type CollectiveSummary,
  type CollectiveSummaryQuery,
  NCCL_TIMING_SOURCES,
} from '../../training/collective-summary.ts';
import { type CollectiveWait, ENDS_APART } from '../../training/collective-waits.ts';
import type { CollectiveFile } from './collective-file.ts';

/** Rows of a file, at most: `written` of a later file is larger than all of those before. */
const ROWS_OF_FILE = 2 ** 40;

/** What a record without a number or a rank is told apart by, as collectiveKey does. */
const MEAN = '"collectiveSeq" IS NULL OR "rank" IS NULL';
const KEY = [
  ...['"commId"', '"collectiveKind"', '"peer"', '"rank"', '"collectiveSeq"'],
  ...['"messageBytes"', '"host"', '"gpu"'].map((column) => `CASE WHEN ${MEAN} THEN ${column} END`),
  'CASE WHEN "collectiveSeq" IS NULL THEN coalesce("timestampMs", "endUs" / 1000) END',
].join(', ');

/** Each record once, as it was told last. */
const TOLD =
  'SELECT "commId", "collectiveKind", "peer", "rank", "collectiveSeq", max(written) AS last_written, ' +
  'arg_max("execTimeUs", written) AS us, arg_max("host", written) AS host, ' +
  'arg_max("timingSource", written) AS timing_source';

/** The same as summarizeCollectives, where the rows are: of a step with a hundred thousand operations a handful leave it. */
export async function summarizeFiles(
  files: readonly CollectiveFile[],
  connection: DuckDBConnection,
  { job, range, most }: CollectiveSummaryQuery,
): Promise<CollectiveSummary> {
  const oldestFirst = [...files].reverse();
  const parts = oldestFirst.flatMap((file, order) => {
    const rows = file.selectWithin({ job, ...range });
    return rows === undefined ? [] : [`SELECT *, row + ${order * ROWS_OF_FILE} AS written FROM (${rows})`];
  });
  if (parts.length === 0) return { operations: 0, missing: 0, waits: [], longest: [] };
  await connection.run(`CREATE TEMP TABLE told AS ${TOLD} FROM (${parts.join(' UNION ALL ')}) GROUP BY ${KEY}`);
  const rows = async (sql: string) => (await connection.runAndReadAll(sql)).getRows();
  const [[operations, missing] = []] = await rows(COUNTS);
  const longest = await rows(`SELECT last_written FROM told ORDER BY us DESC, last_written LIMIT ${Math.floor(most)}`);
  const waits = await rows(`${WAITS} LIMIT ${Math.floor(most)}`);
  const records = await Promise.all(
    longest.map(([written]) => {
      const order = Math.floor(Number(written) / ROWS_OF_FILE);
      return oldestFirst[order]?.record(connection, Number(written) % ROWS_OF_FILE);
    }),
  );
  return {
    operations: Number(operations),
    missing: Number(missing),
    waits: waits.map(waitOf),
    longest: records.filter((record) => record !== undefined),
  };
}

function waitOf([commId, rank, host, last, of, waitedSeconds]: readonly unknown[]): CollectiveWait {
  return {
    commId: String(commId),
    rank: Number(rank),
    ...(host === null ? {} : { host: String(host) }),
    last: Number(last),
    of: Number(of),
    waitedSeconds: Number(waitedSeconds),
  };
}

/** A rank counts its point-to-point operations together, whatever they are and whoever the peer is. */
const COUNTS = `
  SELECT (SELECT count(*) FROM told), coalesce(sum(gap), 0) FROM (
    SELECT greatest(0, max("collectiveSeq") - min("collectiveSeq") + 1 - count(*)) AS gap FROM told
    WHERE "collectiveSeq" IS NOT NULL AND "rank" IS NOT NULL
      AND timing_source IN (${NCCL_TIMING_SOURCES.map((source) => `'${source}'`).join(', ')})
    GROUP BY "commId", CASE WHEN "peer" IS NULL THEN "collectiveKind" END, "rank")`;

const WAITS = `
  WITH operations AS (
    SELECT "commId", min(us) AS shortest, max(us) AS longest,
      arg_min({'rank': "rank", 'host': host}, {'us': us, 'rank': "rank"}) AS late
    FROM told
    WHERE "collectiveSeq" IS NOT NULL AND "rank" IS NOT NULL AND "peer" IS NULL
      AND NOT regexp_matches("collectiveKind", '${ENDS_APART.source}', 'i')
    GROUP BY "commId", "collectiveKind", "collectiveSeq" HAVING count(*) > 1),
  seen AS (SELECT "commId", count(*) AS operations FROM operations GROUP BY "commId")
  SELECT "commId", late.rank AS late_rank, any_value(late.host), count(*), any_value(seen.operations),
    sum(longest - shortest) / 1e6 AS waited
  FROM operations JOIN seen USING ("commId") WHERE longest > shortest
  GROUP BY "commId", late_rank ORDER BY waited DESC, "commId", late_rank`;
