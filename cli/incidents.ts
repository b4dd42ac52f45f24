import type { Command } from 'commander';
import type { Page } from '../lib/api/types.ts';
import type { Incident } from '../lib/diagnosis/incident.ts';
import { askMonitor, type ClientOptions, withClientOptions } from './client.ts';
import { print, printJson, table } from './output.ts';

interface IncidentsOptions extends ClientOptions {
  open?: boolean;
  limit: string;
  json?: boolean;
}

/** `stallscope incidents`: what hurts and what hurt, from the running monitor. */
export function registerIncidents(program: Command): void {
  const command = program
    .command('incidents')
    .description('list incidents, newest first, from the running monitor')
    .option('--open', 'only those that still stand')
    .option('--limit <n>', 'at most this many', '50')
    .option('--json', 'one JSON document on stdout');
  withClientOptions(command).action(async (options: IncidentsOptions) => {
    const query = new URLSearchParams({ limit: options.limit, ...(options.open ? { open: 'true' } : {}) });
    const page = (await askMonitor(`/api/v1/incidents?${query}`, options)) as Page<Incident>;
    if (options.json) printJson(page);
    else print(page.items.length === 0 ? 'No incidents.' : listOf(page.items));
  });
}

function listOf(incidents: readonly Incident[]): string {
  const rows = incidents.map((incident) => [
    new Date(incident.startMs).toISOString().slice(0, 19).replace('T', ' '),
    incident.endMs === null ? 'open' : `${((incident.endMs - incident.startMs) / 1000).toFixed(0)} s`,
    incident.severity,
    incident.kind,
    `${incident.rootDevice}/${incident.rootPort}`,
    incident.confidence.toFixed(2),
    incident.jobs.map((job) => `${job.job} ${job.lostSeconds.toFixed(1)} s`).join(', '),
  ]);
  return table(['START (UTC)', 'LASTED', 'SEVERITY', 'KIND', 'ROOT PORT', 'CONF', 'LOST'], rows);
}
