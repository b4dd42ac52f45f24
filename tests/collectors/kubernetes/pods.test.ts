import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { kubernetesConfigSchema } from '../../../collectors/kubernetes/config.ts';
import { PodLister } from '../../../collectors/kubernetes/list-pods.ts';
import { jobsOfPods, readPodPage } from '../../../collectors/kubernetes/pods.ts';
import { pod, serveApi } from './api-server.ts';

describe('jobsOfPods', () => {
  it('groups running pods by their job, hosts in the order of the pods', () => {
    const index = (at: number) => ({ labels: { 'jobset.sigs.k8s.io/job-global-index': String(at) } });
    const { jobs, problems } = jobsOfPods([
      pod('llm-2', 'gpu07', index(2)),
      pod('llm-0', 'gpu09', index(0)),
      pod('llm-1', 'gpu08', index(1)),
      pod('llm-1-side', 'gpu08', { ...index(1), gpus: '0' }),
      pod('llm-3', undefined, index(3)),
      pod('llm-4', 'gpu05', { ...index(4), phase: 'Succeeded' }),
      { ...pod('web', 'cpu1'), metadata: { name: 'web', namespace: 'default', labels: null } },
    ]);
    expect(problems).toEqual([]);
    expect(jobs).toEqual([
      {
        id: 'train/llm',
        name: 'llm',
        group: 'train',
        hosts: ['gpu09', 'gpu08', 'gpu07'],
        gpus: 24,
        startMs: Date.UTC(2026, 10, 22, 16),
      },
    ]);
  });

  it.each(['training.kubeflow.org/job-name', 'volcano.sh/job-name', 'batch.kubernetes.io/job-name'])(
    'knows the job by %s',
    (label) => {
      const { metadata, ...rest } = pod('a', 'n1');
      const { jobs } = jobsOfPods([{ ...rest, metadata: { ...metadata, labels: { [label]: 'j' } } }]);
      expect(jobs.map(({ name }) => name)).toEqual(['j']);
    },
  );

  it.each([
    ['training.kubeflow.org/replica-type', 'launcher', 'worker'],
    ['training.kubeflow.org/replica-type', 'Launcher', 'Worker'],
    ['jobset.sigs.k8s.io/replicatedjob-name', 'launcher', 'workers'],
  ])('leaves the node of a launcher out: %s %s', (label, launcher, worker) => {
    const of = (name: string, node: string, part: string, gpus: unknown) =>
      pod(name, node, { labels: { [label]: part }, gpus });
    const pods = (gpus: unknown) => [
      of('a', 'cpu1', launcher, 0),
      of('b', 'n2', worker, gpus),
      of('c', 'n1', worker, gpus),
    ];
    expect(jobsOfPods(pods(8)).jobs[0]).toMatchObject({ hosts: ['n1', 'n2'], gpus: 16 });
    expect(jobsOfPods(pods(0)).jobs[0]?.hosts).toEqual(['n1', 'n2']);
    expect(jobsOfPods(pods(0).slice(0, 1)).jobs[0]?.hosts).toEqual(['cpu1']);
  });

  it('numbers the pods of one part by themselves', () => {
    const of = (node: string, part: string, at: number) =>
      pod(node, node, {
        labels: { 'training.kubeflow.org/replica-type': part, 'training.kubeflow.org/replica-index': String(at) },
      });
    const { jobs } = jobsOfPods([of('n3', 'worker', 1), of('n2', 'worker', 0), of('n9', 'master', 0)]);
    expect(jobs[0]?.hosts).toEqual(['n9', 'n2', 'n3']);
  });

  it('loses one pod to a bad one, and names it', () => {
    const { jobs, problems } = jobsOfPods([pod('a', 'n1'), { metadata: {} }, null, pod('b', 'n2', { gpus: 'x' })]);
    expect(jobs[0]?.hosts).toEqual(['n1', 'n2']);
    expect(jobs[0]?.gpus).toBe(8);
    expect(problems).toEqual([expect.stringContaining('items[1]: '), expect.stringContaining('items[2]: ')]);
  });

  it.each(['', '{', '[]', '{"items":1}', '{"kind":"Status"}'])('refuses %j as a list', (body) => {
    expect(() => readPodPage(body)).toThrow(/list of pods/);
  });
});

describe('PodLister', () => {
  const api = serveApi(
    'first-token',
    [1, 2, 3, 4, 5].map((at) => pod(`llm-${at}`, `n${at}`)),
  );
  afterEach(() => api.close());
  const signal = new AbortController().signal;

  it('reads all pages of every namespace, with a service account token that changes', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'account-'));
    writeFileSync(join(directory, 'token'), 'first-token\n');
    const url = await api.start();
    const lister = new PodLister(
      kubernetesConfigSchema.parse({
        url,
        serviceAccountDirectory: directory,
        namespaces: ['train', 'eval'],
        labelSelector: 'a=b,c',
      }),
    );
    expect(await lister.list(signal)).toHaveLength(10);
    expect(api.asked[0]).toBe('/api/v1/namespaces/train/pods?limit=500&labelSelector=a%3Db%2Cc');
    expect(api.asked).toHaveLength(6);
    api.token = 'second-token';
    await expect(lister.list(signal)).rejects.toThrow('answers 401');
    writeFileSync(join(directory, 'token'), 'second-token\n');
    expect(await lister.list(signal)).toHaveLength(10);
    lister.close();
    rmSync(directory, { recursive: true });
  });

  it('says so where there is no cluster around it', async () => {
    const lister = new PodLister(kubernetesConfigSchema.parse({}));
    await expect(lister.list(signal)).rejects.toThrow('this runs in no pod');
  });
});
