import { describe, expect, test } from '@jest/globals';
import { json, START, useFakeComfyUi } from './session.js';

const session = useFakeComfyUi();
const { server, post } = session;

interface Jobs {
  jobs: Record<string, unknown>[];
  pagination: { offset: number; limit: number | null; total: number; has_more: boolean };
}

const list = async (query = '') => json<Jobs>(await server(`/api/jobs${query}`));
const idsOf = ({ jobs }: Jobs) => jobs.map(({ id }) => id);

describe('the list of jobs', () => {
  test('exists behind /api alone', async () => {
    expect((await server('/api/jobs')).status).toBe(200);
    expect((await server('/api/api/jobs')).status).toBe(200);
    expect((await server('/jobs')).status).toBe(404);
  });

  test('is not there on an old server, whose 404 is no JSON', async () => {
    await session.restartWith({ knowsJobs: false });
    const { id } = session.fake.addPrompt();
    for (const path of ['/api/jobs', `/api/jobs/${id}`]) {
      const { status, headers, body } = await server(path);
      expect([status, headers['content-type'], body.toString()]).toEqual([
        404,
        'text/plain; charset=utf-8',
        '404: Not Found',
      ]);
    }
    expect((await server('/api/history')).status).toBe(200);
  });

  test('has everything, newest first, where no limit is given', async () => {
    const ids = session.fake.addPrompts(120).map(({ id }) => id);
    const jobs = await list();
    expect(idsOf(jobs)).toEqual(ids.toReversed());
    expect(jobs.pagination).toEqual({ offset: 0, limit: null, total: 120, has_more: false });
  });

  test('has pages by limit and offset', async () => {
    const ids = session.fake.addPrompts(5).map(({ id }) => id);
    const page = await list('?limit=2&offset=1&sort_order=asc');
    expect(idsOf(page)).toEqual(ids.slice(1, 3));
    expect(page.pagination).toEqual({ offset: 1, limit: 2, total: 5, has_more: true });
    expect((await list('?limit=2&offset=4')).pagination.has_more).toBe(false);
    expect(idsOf(await list('?offset=-3'))).toHaveLength(5);
  });

  test('is filtered by status and by workflow', async () => {
    const outcomes = ['success', 'error', 'interrupted', 'running', 'pending'] as const;
    const [done, failed, cancelled] = outcomes.map((outcome) => session.fake.addPrompt({ outcome }));
    expect((await list()).jobs.map(({ status }) => status).sort()).toEqual([
      'cancelled',
      'completed',
      'failed',
      'in_progress',
      'pending',
    ]);
    expect(idsOf(await list('?status=completed,%20FAILED')).sort()).toEqual([done!.id, failed!.id].sort());
    expect(idsOf(await list('?status=cancelled'))).toEqual([cancelled!.id]);
    expect(idsOf(await list(`?workflow_id=${done!.workflowId}`))).toEqual([done!.id]);
  });

  test('is sorted by duration', async () => {
    const slow = session.fake.addPrompt({ duration: 60_000 });
    const quick = session.fake.addPrompt({ duration: 1_000 });
    expect(idsOf(await list('?sort_by=execution_duration'))).toEqual([slow.id, quick.id]);
  });

  test.each([
    [
      'status=completed,done',
      'Invalid status value(s): done. Valid values: pending, in_progress, completed, failed, cancelled',
    ],
    ['sort_by=name', "sort_by must be 'created_at' or 'execution_duration'"],
    ['sort_order=up', "sort_order must be 'asc' or 'desc'"],
    ['limit=0', 'limit must be a positive integer'],
    ['limit=many', 'limit must be an integer'],
    ['offset=far', 'offset must be an integer'],
  ])('refuses %s in its own words', async (query, error) => {
    const answer = await server(`/api/jobs?${query}`);
    expect([answer.status, json(answer)]).toEqual([400, { error }]);
  });

  test('of a server that knows no cancelled jobs calls them failed', async () => {
    await session.restartWith({ knowsCancelled: false });
    session.fake.addPrompt({ outcome: 'interrupted' });
    expect((await list()).jobs[0]).toMatchObject({ status: 'failed' });
    expect((await server('/api/jobs?status=cancelled')).status).toBe(400);
  });
});

describe('a job', () => {
  test('is summed up in the list', async () => {
    const prompt = session.fake.addPrompt({ outputs: [{ kind: 'preview' }, { count: 2 }] });
    expect((await list()).jobs[0]).toEqual({
      id: prompt.id,
      status: 'completed',
      priority: 0,
      create_time: START,
      execution_start_time: START + 100,
      execution_end_time: START + 9_100,
      completion_status: 'success',
      has_errors: false,
      execution_error_count: 0,
      outputs_count: 3,
      previewable_outputs_count: 3,
      preview_output: {
        filename: 'ComfyUI_00001_.png',
        subfolder: '',
        type: 'output',
        nodeId: '10',
        mediaType: 'images',
      },
      workflow_id: prompt.workflowId,
    });
  });

  test('is whole by its id, with models as entries and without nulls', async () => {
    const prompt = session.fake.addPrompt({ outputs: [{ kind: 'model' }, { kind: 'text', text: 'hm' }] });
    const job = json<Record<string, unknown>>(await server(`/api/jobs/${prompt.id}`));
    expect(job).toMatchObject({
      outputs_count: 1,
      outputs: {
        9: { result: [{ filename: 'mesh/ComfyUI_00001_.glb', type: 'output', subfolder: '', mediaType: '3d' }] },
        10: { text: ['hm'] },
      },
      execution_status: { status_str: 'success' },
      execution_errors: [],
      workflow: { prompt: { 3: { class_type: 'KSampler' } }, extra_data: { create_time: START } },
    });
  });

  test('that failed has its error', async () => {
    const { id } = session.fake.addPrompt({ outcome: 'error' });
    const job = json<Record<string, unknown>>(await server(`/api/jobs/${id}`));
    expect(job).toMatchObject({ status: 'failed', execution_error: { exception_type: 'torch.OutOfMemoryError' } });
    expect(job.execution_errors).toHaveLength(1);
  });

  test('without a status counts as completed and has no times', async () => {
    const { id } = session.fake.addPrompt({ withoutStatus: true });
    const job = json<Record<string, unknown>>(await server(`/api/jobs/${id}`));
    expect(job).toMatchObject({ status: 'completed', execution_status: null });
    expect(job).not.toHaveProperty('execution_start_time');
  });

  test('of the queue has a workflow and no outputs', async () => {
    const { id } = session.fake.addPrompt({ outcome: 'running' });
    const job = json<Record<string, unknown>>(await server(`/api/jobs/${id}`));
    expect(job).toMatchObject({ status: 'in_progress', outputs_count: 0, workflow: expect.any(Object) });
    expect(job).not.toHaveProperty('outputs');
  });

  test('that nobody knows is not found, nor one from before a restart', async () => {
    const { id } = session.fake.addPrompt();
    session.fake.restart();
    for (const unknown of [id, 'nothing']) {
      const answer = await server(`/api/jobs/${unknown}`);
      expect([answer.status, json(answer)]).toEqual([404, { error: 'Job not found' }]);
    }
  });

  test('can be cancelled as long as it is in the queue, which is told of', async () => {
    const { id } = session.fake.addPrompt({ outcome: 'pending' });
    expect(json(await post(`/api/jobs/${id}/cancel`, {}))).toEqual({ cancelled: true });
    expect(json(await post('/api/jobs/cancel', { job_ids: [id] }))).toEqual({ cancelled: false });
    expect(session.fake.changes()).toHaveLength(2);
  });
});
