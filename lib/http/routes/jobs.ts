import { z } from 'zod';
import { jobSummarySchema, stepVerdictSchema } from '../../api/documents.ts';
import { collectiveSchema } from '../../api/ingest.ts';
import { jobDetailSchema, rankMapSchema, stepExplanationSchema } from '../../api/views.ts';
import { checked, defined, flagParam, pageParams, readQuery, timeParams, timeRange } from '../params.ts';
import type { HttpServices } from '../services.ts';
import type { Route } from '../types.ts';
import { found, get, jsonAnswer, nameParam, pageAnswer, pageOf } from './answers.ts';

const jobParams = z.object({ job: nameParam });
const stepParams = z.object({ job: nameParam, n: z.coerce.number().int().nonnegative() });

/** Jobs, their steps and ranks, and why a step was slow. */
export function jobRoutes({ queries, clock }: HttpServices): Route[] {
  const timedQuery = pageParams.extend(timeParams.shape);
  const ranksQuery = z.object({ steps: z.coerce.number().int().min(1).max(1000).default(120) });
  const stepsQuery = timedQuery.extend({ slow: flagParam.describe('Only slow steps') });
  return [
    get({
      path: '/api/v1/jobs',
      summary: 'Training jobs and what they lost',
      query: pageParams,
      answer: pageOf(jobSummarySchema),
      handle: async (request) => pageAnswer(request, await queries.jobs(defined(readQuery(pageParams, request.query)))),
    }),
    get({
      path: '/api/v1/jobs/{job}',
      summary: 'One job with its ports and incidents',
      params: jobParams,
      answer: jobDetailSchema,
      handle: async ({ params: { job = '' } }) => jsonAnswer(found(await queries.job(job), `job ${job}`)),
    }),
    get({
      path: '/api/v1/jobs/{job}/steps',
      summary: 'Steps of a job, newest first, each with its verdict',
      params: jobParams,
      query: stepsQuery,
      answer: pageOf(stepVerdictSchema),
      handle: async (request) => {
        const { job = '' } = request.params;
        const { from, to, slow, ...rest } = readQuery(stepsQuery, request.query);
        found(await queries.job(job), `job ${job}`);
        const range = timeRange({ from, to }, clock);
        return pageAnswer(request, await queries.steps(job, { ...defined(rest), ...range, slowOnly: slow }));
      },
    }),
    get({
      path: '/api/v1/jobs/{job}/collectives',
      summary: 'Collective operations of a job as its ranks saw them, newest first',
      params: jobParams,
      query: timedQuery,
      answer: pageOf(collectiveSchema),
      handle: async (request) => {
        const { job = '' } = request.params;
        const { from, to, ...rest } = readQuery(timedQuery, request.query);
        const range = timeRange({ from, to }, clock);
        return pageAnswer(request, await queries.collectives(job, { ...defined(rest), ...range }));
      },
    }),
    get({
      path: '/api/v1/jobs/{job}/ranks',
      summary: 'How late each rank was in the newest steps',
      params: jobParams,
      query: ranksQuery,
      answer: rankMapSchema,
      handle: async (request) => {
        const { job = '' } = request.params;
        const { steps } = readQuery(ranksQuery, request.query);
        found(await queries.job(job), `job ${job}`);
        return jsonAnswer(await queries.ranks(job, { steps }));
      },
    }),
    get({
      path: '/api/v1/jobs/{job}/steps/{n}/explain',
      summary: 'Why was this step slow?',
      params: stepParams,
      answer: stepExplanationSchema,
      handle: async ({ params }) => {
        const { job, n } = checked(stepParams, params);
        return jsonAnswer(found(await queries.explain(job, n), `step ${n} of job ${job}`));
      },
    }),
  ];
}
