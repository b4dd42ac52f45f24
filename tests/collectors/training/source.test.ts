import { appendFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { trainingConfigSchema } from '../../../collectors/training/config.ts';
import { matchingFiles } from '../../../collectors/training/glob.ts';
import type { LogFileState } from '../../../collectors/training/log-file.ts';
import { TrainingSource } from '../../../collectors/training/source.ts';
import type { TargetHealth } from '../../../lib/events/events.ts';
import type { JobPlacement } from '../../../lib/topology/types.ts';
import type { CollectiveRecord } from '../../../lib/training/collective.ts';
import type { StepRecord } from '../../../lib/training/step.ts';
import { collectorContext } from '../../collector-context.ts';

let directory: string;
let stop: AbortController;
let running: Promise<void>[];
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'training-'));
  stop = new AbortController();
  running = [];
});
afterEach(async () => {
  stop.abort();
  await Promise.all(running);
  rmSync(directory, { recursive: true, force: true });
});

const log = () => join(directory, 'log');
const line = (step: number) => `train_step step=${step} time_ms=10\n`;
/** Starts a source; `dies` makes its sink fail as if the process had been killed there. */
function start(over: Record<string, unknown> = {}, dies = false, isBehind = (_: 'steps' | 'collectives') => false) {
  const steps: StepRecord[] = [];
  const health: TargetHealth[] = [];
  const collectives: CollectiveRecord[] = [];
  const jobs: JobPlacement[] = [];
  const source = new TrainingSource(
    trainingConfigSchema.parse({ file: log(), job: 'j', interval: '5ms', ...over }),
    collectorContext(
      {
        steps: (records) => {
          if (dies) throw new Error('killed here');
          steps.push(...records);
        },
        collectives: (records) => collectives.push(...records),
        jobs: (placements) => jobs.push(...placements),
        health: (report) => health.push(report),
        isBehind,
      },
      { collectorId: 'c', stateDir: join(directory, 'state') },
    ),
  );
  const own = new AbortController();
  stop.signal.addEventListener('abort', () => own.abort());
  const done = source.start(own.signal);
  running.push(done);
  return {
    steps,
    health,
    collectives,
    jobs,
    end: async () => {
      own.abort();
      await done;
    },
  };
}
const until = async (done: () => boolean) => {
  while (!done()) await turn();
};
const state = () => {
  const [name = ''] = readdirSync(join(directory, 'state/training'));
  return JSON.parse(readFileSync(join(directory, 'state/training', name), 'utf8')) as LogFileState;
};

describe('a long log', () => {
  it('is read as fast as its records are sent', async () => {
    // Longer than one look at it.
    const lines = Array.from(
      { length: 60_000 },
      (_, n) => `train_step step=${n} end_ms=${(n + 1) * 100} time_ms=99 note=${'x'.repeat(40)}\n`,
    );
    writeFileSync(log(), lines.join(''));
    let mayGoOn = false;
    const source = start({}, false, (channel) => channel === 'steps' && source.steps.length > 0 && !mayGoOn);
    const waits = () => source.health.some(({ refused }) => refused.some((text) => text.includes('waits until')));
    await until(waits);
    const { length } = source.steps;
    expect(length).toBeGreaterThan(0);
    expect(length).toBeLessThan(lines.length);
    mayGoOn = true;
    await until(() => source.steps.length >= lines.length);
    expect(source.steps).toHaveLength(lines.length);
    await until(() => source.health.at(-1)?.refused.length === 0);
  });
});

describe('following a log through restarts', () => {
  it('neither loses nor repeats a step', async () => {
    writeFileSync(log(), line(1) + line(2) + line(3));
    const first = start();
    await until(() => first.steps.length === 3);
    await first.end();
    appendFileSync(log(), line(4));
    const second = start();
    await until(() => second.steps.length > 0);
    appendFileSync(log(), line(5));
    await until(() => second.steps.length > 1);
    expect(second.steps.map((record) => record.step)).toEqual([4, 5]);
  });

  it('hands on again, unchanged, what it was handing on when it was killed', async () => {
    writeFileSync(log(), line(1) + line(2) + line(3));
    const first = start({}, true);
    await until(() => first.health.some((report) => report.failures > 0));
    await first.end();
    const { pending } = state();
    expect(pending.map((record) => record.step)).toEqual([1, 2, 3]);
    const second = start();
    await until(() => second.steps.length >= 3);
    expect(second.steps).toEqual(pending);
    await until(() => state().pending.length === 0);
  });
});

describe('files of collectives', () => {
  it('are handed on, each line once over a restart', async () => {
    const inspected = (sn: number) =>
      `{"header":{"id":"0xa","rank":0,"n_ranks":8},"metadata":{"dump_timestamp_us":1748030377748202,"hostname":"h1"},"coll_perf":{"coll":"AllReduce","coll_sn":${sn},"coll_msg_size_bytes":16384,"coll_exec_time_us":61}}\n`;
    writeFileSync(log(), inspected(1) + inspected(2));
    const first = start();
    await until(() => first.collectives.length === 2 && first.health.at(-1)?.state === 'ok');
    await first.end();
    appendFileSync(log(), inspected(3));
    const second = start();
    await until(() => second.collectives.length > 0);
    await second.end();
    expect(second.collectives.map(({ job, collectiveSeq }) => [job, collectiveSeq])).toEqual([['j', 3]]);
    expect(second.steps).toEqual([]);
  });
});

describe('where the ranks of a job run', () => {
  const init = (host: string, rank: number, ranks: number, commId: string) =>
    `${host}:4242:4711 [${rank % 2}] NCCL INFO ncclCommInitRankConfig comm 0x55d0c8a0 rank ${rank} nranks ${ranks} cudaDev ${rank % 2} nvmlDev ${rank % 2} busId 9b000 commId ${commId} - Init COMPLETE\n`;

  it("is learned from NCCL's own lines, over all files of a pattern", async () => {
    const hosts = ['gpu02', 'gpu02', 'gpu01', 'gpu01'];
    const write = (commId: string) =>
      hosts.forEach((host, rank) => {
        appendFileSync(
          join(directory, `rank_${rank}.log`),
          init(host, rank % 2, 2, `${commId}${rank >> 1}`) + init(host, rank, 4, commId) + line(1) + line(2) + line(3),
        );
      });
    write('0xa');
    const source = start({ file: join(directory, 'rank_*.log') });
    await until(() => source.jobs.length > 0 && source.steps.length === 12);
    expect(source.jobs).toEqual([
      {
        job: 'j',
        hosts: ['gpu02', 'gpu01'],
        ranks: hosts.map((device, rank) => ({ rank, device })),
        source: 'log',
      },
    ]);
    // The same again after a restart of the job is no news; other hosts are.
    write('0xb');
    hosts[3] = 'gpu09';
    write('0xc');
    await until(() => source.jobs.length > 1);
    expect(source.jobs[1]?.ranks[3]).toEqual({ rank: 3, device: 'gpu09' });
  });

  it.each([
    ['SLURM_JOB_NODELIST=gpu[01-02]', 'gpu01 gpu02'],
    ['declare -x SLURM_NODELIST="dgx[001-003,010],login1"', 'dgx001 dgx002 dgx003 dgx010 login1'],
    ["+ export SLURM_JOB_NODELIST='n[9-11]'", 'n9 n10 n11'],
    ['nodes: SLURM_JOB_NODELIST: a1', 'a1'],
  ])('is learned from the environment of Slurm: %s', async (printed, hosts) => {
    writeFileSync(log(), `SLURM_JOB_NODELIST=x[3-1]\nSLURM_JOB_NODELIST=$NODES\n${printed}\n${line(1)}`);
    const source = start();
    await until(() => source.jobs.length > 0);
    expect(source.jobs).toEqual([{ job: 'j', hosts: hosts.split(' '), ranks: [], source: 'log' }]);
  });

  it.each([
    [['RANK', 'WORLD_SIZE', 'HOSTNAME'], 'torchrun'],
    [['SLURM_PROCID', 'SLURM_NTASKS', 'SLURMD_NODENAME'], 'srun'],
  ])('is learned from ranks that print their own environment: %j', async ([rank, world, host], launcher) => {
    const hosts = ['gpu02', 'gpu02', 'gpu01', 'gpu01'];
    const prefix = (at: number) => (launcher === 'torchrun' ? `[default${at}]:` : `${at}: `);
    // All in one file, as interleaved as it gets: the launcher's prefix keeps them apart.
    const rows = [
      hosts.map((_, at) => `${prefix(at)}${rank}=${at}`),
      hosts.map((_, at) => `${prefix(at)}export ${world}="4"`),
      hosts.map((name, at) => `${prefix(at)}${host}=${name}`),
    ];
    writeFileSync(log(), `${rows.flat().join('\n')}\n${line(1)}`);
    const source = start();
    await until(() => source.jobs.length > 0);
    expect(source.jobs).toEqual([
      {
        job: 'j',
        hosts: ['gpu02', 'gpu01'],
        ranks: hosts.map((device, at) => ({ rank: at, device })),
        source: 'log',
      },
    ]);
  });

  it("takes start and GPUs from Slurm's environment, and no ranks from the order of its nodes", async () => {
    const variables = [
      'SLURM_JOB_NODELIST=gpu[01-04]',
      'SLURM_JOB_START_TIME=1795363805',
      'SLURM_TASKS_PER_NODE=2(x3),1',
      'SLURM_GPUS_PER_TASK=4',
    ];
    writeFileSync(log(), `${variables.join('\n')}\n${line(1)}`);
    const source = start();
    await until(() => source.jobs.length > 0);
    expect(source.jobs).toEqual([
      {
        job: 'j',
        hosts: ['gpu01', 'gpu02', 'gpu03', 'gpu04'],
        ranks: [],
        gpus: 28,
        startMs: 1_795_363_805_000,
        source: 'log',
      },
    ]);
  });

  it('has the NIC ports that NCCL uses', async () => {
    const using = (host: string, list: string) =>
      `${host}:4242:4711 [0] NCCL INFO NET/IB : Using ${list}; OOB eth0:10.0.0.5<0>\n`;
    writeFileSync(
      log(),
      using('gpu02', '[0]mlx5_0:1/RoCE [1]mlx5_1:1/RoCE [RO]') +
        using('gpu01', '[0]mlx5_0:1/IB/SHARP [1]mlx5_0:2/IB/SHARP ') +
        using('gpu03', '[0]={[0] mlx5_2:1/IB, [1] mlx5_3:1/IB} ') +
        line(1),
    );
    const source = start();
    await until(() => source.jobs.length > 0);
    const nics = ['gpu01 mlx5_0/1', 'gpu01 mlx5_0/2', 'gpu02 mlx5_0', 'gpu02 mlx5_1', 'gpu03 mlx5_2', 'gpu03 mlx5_3'];
    expect(source.jobs).toEqual([
      {
        job: 'j',
        hosts: [],
        ranks: [],
        nics: nics.map((text) => ({ device: text.split(' ')[0], port: text.split(' ')[1] })),
        source: 'log',
      },
    ]);
  });

  it('is not said while a rank is missing', async () => {
    writeFileSync(log(), init('gpu01', 0, 3, '0xa') + init('gpu01', 1, 3, '0xa') + init('x', 7, 3, '0xa') + line(1));
    const source = start();
    await until(() => source.health.length > 1);
    expect(source.jobs).toEqual([]);
  });
});

describe('health of a log', () => {
  it('knows a clock no better than the time between two looks', async () => {
    const megatron = (step: number) => {
      const clock = new Date().toISOString().replace('T', ' ').replace('Z', '');
      return ` [${clock}] iteration ${step}/ 9 | elapsed time per iteration (ms): 10.0 | x\n`;
    };
    writeFileSync(log(), [1, 2, 3].map(megatron).join(''));
    const source = start({ interval: '200ms' });
    await until(() => source.health.some((report) => report.state === 'ok'));
    appendFileSync(log(), megatron(4));
    await until(() => source.health.some((report) => report.clockOffsetMs !== null));
    const { clockOffsetMs, clockErrorMs } = source.health.at(-1) ?? {};
    expect(clockErrorMs).toBeGreaterThan(50);
    expect(Math.abs(clockOffsetMs ?? Number.NaN)).toBeLessThanOrEqual(clockErrorMs ?? 0);
  });

  it('warns of clocks in another zone once it has caught up', async () => {
    const megatron = (step: number, atMs: number) => {
      const clock = new Date(atMs).toISOString().replace('T', ' ').replace('Z', '');
      return ` [${clock}] iteration ${step}/ 9 | elapsed time per iteration (ms): 10.0 | x\n`;
    };
    writeFileSync(log(), [1, 2, 3].map((step) => megatron(step, Date.now() + 3_600_000 + step * 10)).join(''));
    const source = start();
    await until(() => source.health.some((report) => report.state === 'ok'));
    expect(source.health.some((report) => report.lastError !== null)).toBe(false);
    appendFileSync(log(), megatron(4, Date.now() + 3_600_000));
    await until(() => source.health.some((report) => report.lastError !== null));
    expect(source.health.at(-1)?.lastError?.message).toContain(
      '1.0 h off the time they are written: is tz: UTC right?',
    );
    expect(Math.round((source.health.at(-1)?.clockOffsetMs ?? 0) / 60_000)).toBe(60);
  });

  it('says what it cannot read, and follows every file of a pattern', async () => {
    writeFileSync(join(directory, 'rank_0.log'), `${line(1)}noise\n${line(2)}${line(3)}`);
    writeFileSync(join(directory, 'rank_1.log'), 'hello\n');
    const source = start({ file: join(directory, 'rank_*.log') });
    await until(() => source.health.length > 0 && source.steps.length === 3);
    const { refused, paths, state: how } = source.health.at(-1) ?? { refused: [], paths: [], state: '' };
    expect(paths.length).toBe(2);
    expect(how).toBe('degraded');
    expect(refused.join('\n')).toContain('1 of 4 lines are no logfmt lines, the last: noise');
    expect(refused.join('\n')).toContain('no line of a known format in 1');
  });

  it('finds files by pattern in any part of the path', () => {
    for (const name of ['a1/x.log', 'a2/x.log', 'a2/y.txt', 'b/x.log', 'a1/.hidden.log', 'a1/x.log.gz']) {
      const path = join(directory, name);
      rmSync(path, { force: true });
      mkdir(path);
      writeFileSync(path, '');
    }
    const found = matchingFiles(join(directory, 'a*', '*.log*')).map((path) => path.slice(directory.length + 1));
    expect(found).toEqual(['a1/x.log', 'a2/x.log']);
    expect(matchingFiles(join(directory, 'none'))).toEqual([]);
    expect(matchingFiles(join(directory, 'none', '*'))).toEqual([]);
  });
});

function mkdir(path: string): void {
  mkdirSync(dirname(path), { recursive: true });
}
