import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { slurmConfigSchema } from '../../../collectors/slurm/config.ts';
import { runSqueue } from '../../../collectors/slurm/run-squeue.ts';
import { readSqueue } from '../../../collectors/slurm/squeue.ts';

const START = Date.UTC(2026, 10, 22, 16, 10, 5);
const json = (...jobs: unknown[]) => JSON.stringify({ meta: {}, jobs, errors: [] });
const job = (over: object = {}) => ({
  job_id: 4711,
  name: 'llama-70b',
  user_name: 'ada',
  partition: 'gpu',
  job_state: ['RUNNING'],
  nodes: 'dgx[001-002]',
  start_time: { set: true, infinite: false, number: START / 1000 },
  gres_detail: ['gpu:h100:8(IDX:0-7)', 'gpu:8(IDX:0-7)'],
  ...over,
});

describe('readSqueue', () => {
  it('reads running jobs of squeue --json', () => {
    expect(readSqueue(json(job()), 'UTC')).toEqual({
      jobs: [
        {
          id: '4711',
          name: 'llama-70b',
          user: 'ada',
          group: 'gpu',
          hosts: ['dgx001', 'dgx002'],
          gpus: 16,
          startMs: START,
        },
      ],
      problems: [],
    });
  });

  it('reads older shapes: plain state and numbers, nodes and GPUs elsewhere', () => {
    const nodes = { nodes: '', gres_detail: [], tres_alloc_str: 'cpu=96,gres/gpu=4,node=1' };
    const { jobs } = readSqueue(
      json(
        job({ job_state: 'RUNNING', start_time: START / 1000, ...nodes, job_resources: { nodes: 'a[1-2]' } }),
        job({ ...nodes, job_resources: { nodes: { count: 1, list: 'b1' } }, start_time: { set: false } }),
      ),
      'UTC',
    );
    expect(jobs.map(({ hosts, gpus, startMs }) => [hosts.join(), gpus, startMs])).toEqual([
      ['a1,a2', 4, START],
      ['b1', 4, undefined],
    ]);
  });

  it('leaves out what does not run, and names what it cannot read without losing the rest', () => {
    const { jobs, problems } = readSqueue(
      json(
        job({ job_state: ['PENDING'], nodes: '' }),
        job({ nodes: 'x[3-1]' }),
        { job_id: 'x' },
        7,
        job({ job_id: 1, nodes: 'n1,n1' }),
        job({ job_state: ['COMPLETING', 'RUNNING'], job_id: 2 }),
      ),
      'UTC',
    );
    expect(jobs.map(({ id, hosts }) => [id, hosts.length])).toEqual([
      ['1', 1],
      ['2', 2],
    ]);
    expect(problems).toEqual([
      expect.stringContaining('job 4711: "x[3-1]": the range 3-1 runs backwards'),
      expect.stringContaining('jobs[2]: job_id: '),
      expect.stringContaining('jobs[3]: '),
    ]);
  });

  it('reads columns, whose last may hold the bar itself', () => {
    const { jobs, problems } = readSqueue(
      '4711|ada|gpu|2026-11-22T17:10:05|2|dgx[001-002]|llama|70b\n4712_3|bob|cpu|N/A|1|c1|x\nslurm_load_jobs error\n',
      'Europe/Berlin',
    );
    expect(jobs).toEqual([
      { id: '4711', user: 'ada', group: 'gpu', startMs: START, hosts: ['dgx001', 'dgx002'], name: 'llama|70b' },
      { id: '4712_3', user: 'bob', group: 'cpu', hosts: ['c1'], name: 'x' },
    ]);
    expect(problems).toEqual([expect.stringContaining('line 3')]);
    expect(readSqueue('', 'UTC').jobs).toEqual([]);
  });

  it('reads scontrol show job, on one line a job or on many', () => {
    const fields = (state: string) => [
      'JobId=4711 JobName=llama 70b',
      'UserId=ada(1000) GroupId=ml(1000) MCS_label=N/A',
      `JobState=${state} Reason=None Dependency=(null)`,
      'StartTime=2026-11-22T16:10:05 EndTime=Unknown Deadline=N/A',
      'Partition=gpu AllocNode:Sid=login1:1',
      'ReqNodeList=x[3-1] ExcNodeList=(null)',
      'NodeList=dgx[001-002] BatchHost=dgx001',
      'TRES=cpu=96,mem=1T,node=2,billing=96,gres/gpu=16',
    ];
    const many = [fields('RUNNING').join('\n   '), fields('PENDING').join('\n   ')].join('\n\n');
    const one = [fields('PENDING').join(' '), fields('RUNNING').join(' ')].join('\n');
    for (const text of [many, one]) {
      expect(readSqueue(`${text}\n`, 'UTC')).toEqual({
        jobs: [
          {
            id: '4711',
            name: 'llama 70b',
            user: 'ada',
            group: 'gpu',
            startMs: START,
            gpus: 16,
            hosts: ['dgx001', 'dgx002'],
          },
        ],
        problems: [],
      });
    }
    expect(readSqueue('JobId=1 JobState=RUNNING NodeList=x[3-1]\n', 'UTC').problems).toHaveLength(1);
  });

  it.each(['{"jobs"', '{"jobs":7}', '{}', 'Connection refused'])('refuses %j', (text) => {
    expect(() => readSqueue(text, 'UTC')).toThrow();
  });
});

describe('runSqueue', () => {
  const config = (over: object) => slurmConfigSchema.parse(over);
  const signal = new AbortController().signal;

  it('asks for columns where this squeue has no JSON', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'squeue-'));
    const file = join(directory, 'squeue');
    writeFileSync(
      file,
      `#!/bin/sh\ncase "$*" in *--json*) echo "squeue: unrecognized option '--json'" >&2; exit 1;; esac\necho "$@"\n`,
    );
    chmodSync(file, 0o755);
    const output = await runSqueue(config({ command: [file, '--me', '--json'] }), signal);
    expect(output.trim()).toBe('--me -h -t R -o %i|%u|%P|%S|%D|%N|%j');
    rmSync(directory, { recursive: true });
  });

  it.each([
    [['/none/squeue'], 'not installed'],
    [['sh', '-c', 'echo no controller >&2; exit 1'], 'sh: no controller'],
    [['sh', '-c', 'exit 3'], 'failed without a word'],
  ])('says what is wrong with %j', async (command, message) => {
    await expect(runSqueue(config({ command }), signal)).rejects.toThrow(message);
  });
});
