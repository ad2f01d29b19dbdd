import { describe, expect, test } from '@jest/globals';
import type { WorkflowKind } from './index.js';
import { DAY, json, START, useFakeCivitai, type WorkflowList } from './session.js';

const session = useFakeCivitai();
const { api, list, read } = session;
const idsOf = ({ items }: WorkflowList) => items.map(({ id }) => id);

describe('the key', () => {
  test.each([
    ['none', {}],
    ['an unknown one', { Authorization: 'Bearer other' }],
    ['the right one in another scheme', { Authorization: 'Basic 7b1f0c2e94d84a6fb3e5a9d6c8127f40' }],
  ])('%s is refused with a problem document', async (_, headers) => {
    const answer = await api('/workflows', headers as Record<string, string>);
    expect([answer.status, answer.headers['content-type']]).toEqual([401, 'application/problem+json']);
    expect(json(answer)).toEqual({
      type: 'https://tools.ietf.org/html/rfc9110#section-15.5.2',
      title: 'Unauthorized',
      status: 401,
    });
  });

  test('after a rotation only the new one is good', async () => {
    const old = session.fake.key;
    session.fake.rotateKey();
    expect((await api('/workflows', session.bearer(old))).status).toBe(401);
    expect((await api('/workflows')).status).toBe(200);
  });
});

describe('the list', () => {
  test('is three pages for 250 workflows, newest first, each led to by next', async () => {
    const ids = session.fake.addWorkflows(250).map(({ id }) => id);
    const seen: string[][] = [];
    for (let next: string | null | undefined = ''; next !== undefined; ) {
      const page: WorkflowList = await list(next ? `?cursor=${next}` : '');
      seen.push(idsOf(page));
      next = page.next || undefined;
    }
    expect(seen.map((page) => page.length)).toEqual([100, 100, 50]);
    expect(seen.flat()).toEqual(ids.toReversed());
  });

  test('keeps its pages where they were although a workflow is new', async () => {
    const ids = session.fake.addWorkflows(5).map(({ id }) => id);
    const first = await list('?take=2');
    session.fake.addWorkflow({ created: START + 1_000 });
    const second = await list(`?take=2&cursor=${first.next}`);
    expect([...idsOf(first), ...idsOf(second)]).toEqual(ids.toReversed().slice(0, 4));
  });

  test.each([
    ['empty-next', ''],
    ['null-next', null],
    ['without-next', undefined],
  ] as const)('can end with %s', async (listEnd, next) => {
    await session.restartWith({ listEnd });
    session.fake.addWorkflow();
    expect((await list()).next).toBe(next);
  });

  test('can end with a page without items, or with the same cursor for ever', async () => {
    await session.restartWith({ listEnd: 'empty-page' });
    session.fake.addWorkflow();
    const { next } = await list();
    expect(await list(`?cursor=${next}`)).toEqual({ next: '', items: [] });
    await session.restartWith({ listEnd: 'same-next' });
    session.fake.addWorkflow();
    const { next: same } = await list();
    expect(await list(`?cursor=${same}`)).toEqual({ next: same, items: [] });
  });

  test('is filtered by tags, dates, text and failure, and turned round', async () => {
    const [old, failed, video] = [
      session.fake.addWorkflow({ created: START - 3 * DAY, prompt: 'a red kite' }),
      session.fake.addWorkflow({ created: START - 2 * DAY, status: 'failed' }),
      session.fake.addWorkflow({ created: START - DAY, kind: 'videoGen', tags: ['civitai', 'gen', 'vid'] }),
    ].map(({ id }) => id);
    expect(idsOf(await list('?tags=gen&tags=vid'))).toEqual([video]);
    expect(idsOf(await list('?excludeTags=vid'))).toEqual([failed, old]);
    expect(idsOf(await list('?query=red%20KITE'))).toEqual([old]);
    expect(idsOf(await list('?excludeFailed=true'))).toEqual([video, old]);
    expect(idsOf(await list('?ascending=true'))).toEqual([old, failed, video]);
    const day = (days: number) => new Date(START - days * DAY).toISOString();
    expect(idsOf(await list(`?fromDate=${day(2.5)}&toDate=${day(1.5)}`))).toEqual([failed]);
  });

  test('hides mature blobs unless it is told not to, and a single workflow shows them', async () => {
    const workflow = session.fake.addWorkflow({ blobs: [{ nsfwLevel: 'x' }, { nsfwLevel: 'pg13' }] });
    const shown = ({ items }: WorkflowList) => items[0]!.steps[0]!.output!.images!.map(({ url }) => url !== null);
    expect(shown(await list())).toEqual([false, true]);
    expect(shown(await list('?hideMatureContent=false'))).toEqual([true, true]);
    expect((await session.pictures(workflow)).map(({ available }) => available)).toEqual([true, true]);
    const hidden = await session.pictures(workflow, '?hideMatureContent=true');
    expect(hidden[0]).toMatchObject({ available: false, url: null, urlExpiresAt: null });
  });

  test.each(['take=0', 'take=many', 'cursor=x', 'ascending=up', 'hideMatureContent=maybe'])(
    'refuses %s and names the parameter',
    async (query) => {
      const answer = await api(`/workflows?${query}`);
      expect(answer.status).toBe(400);
      expect(Object.keys(json<{ errors: object }>(answer).errors)).toEqual([query.split('=')[0]]);
    },
  );

  test('of ten thousand workflows costs no encoded picture', async () => {
    const ids = session.fake.addWorkflows(10_000).map(({ id }) => id);
    expect(new Set(ids).size).toBe(10_000);
    expect(idsOf(await list('?take=1'))).toEqual([ids.at(-1)]);
  });
});

describe('a workflow', () => {
  test('has an id of the account and the time, its prompt and two pictures', async () => {
    const workflow = session.fake.addWorkflow({ prompt: 'a red kite' });
    expect(workflow.id).toBe('1234567-20261120093012345');
    const record = await read(workflow);
    expect(record).toMatchObject({
      createdAt: '2026-11-20T09:30:12Z',
      completedAt: '2026-11-20T09:30:40Z',
      status: 'succeeded',
      metadata: { params: { prompt: 'a red kite' } },
    });
    expect(record.steps).toMatchObject([{ $type: 'textToImage', name: '0', input: { prompt: 'a red kite' } }]);
    for (const blob of record.steps[0]!.output!.images!) {
      expect(blob).toMatchObject({ type: 'image', available: true, blockedReason: null });
      expect(blob.id).toMatch(/^[0-9A-HJKMNP-TV-Z]{26}\.jpeg$/u);
    }
    expect(session.fake.addWorkflow().id).not.toBe(workflow.id);
  });

  test.each([
    ['imageGen', ['images', 'errors'], 2],
    ['videoGen', ['video', 'additionalVideos', 'draftCache'], 2],
    ['comfy', ['blobs'], 2],
    ['customComfy', ['blobs', 'tempBlobs'], 2],
    ['audio', ['blob'], 1],
    ['mediaHash', ['hashes'], 0],
  ] as const satisfies readonly (readonly [WorkflowKind, readonly string[], number])[])(
    'of the kind %s has the output of its kind',
    async (kind, keys, count) => {
      const { steps } = await read(session.fake.addWorkflow({ kind }));
      expect(Object.keys(steps[0]!.output!)).toEqual(keys);
      expect(JSON.stringify(steps[0]!.output).match(/"available":true/gu) ?? []).toHaveLength(count);
    },
  );

  test('can have a second step that makes a picture larger, or one that answers the same picture', async () => {
    for (const [kind, same] of [
      ['upscaled', false],
      ['repeated', true],
    ] as const) {
      const workflow = session.fake.addWorkflow({ kind });
      const [first, second] = (await read(workflow)).steps;
      const blob = second!.output!.blob as { id: string };
      expect([second!.$type, second!.name]).toEqual(['imageUpscaler', 'upscaler']);
      expect(blob.id === first!.output!.images![0]!.id).toBe(same);
      expect(json(await api(`/workflows/${workflow.id}/steps/upscaler`))).toMatchObject({ $type: 'imageUpscaler' });
      expect((await api(`/workflows/${workflow.id}/steps/none`)).status).toBe(404);
    }
  });

  test('can have a prompt that is a reference to its arguments', async () => {
    const record = await read(session.fake.addWorkflow({ prompt: 'a red kite', promptByReference: true }));
    expect(record.steps[0]!.input.prompt).toEqual({ $ref: '$arguments', path: 'prompt' });
    expect(record.arguments).toEqual({ prompt: 'a red kite' });
  });

  test('proceeds with each look and shows its output at the end', async () => {
    const workflow = session.fake.addWorkflow({ pollsBeforeEnd: 3 });
    const statuses: string[] = [];
    for (let poll = 0; poll < 4; poll += 1) {
      const record = await read(workflow);
      statuses.push(record.status);
      expect(record.steps[0]!.output === undefined).toBe(record.status !== 'succeeded');
    }
    expect(statuses).toEqual(['preparing', 'scheduled', 'processing', 'succeeded']);
  });

  test('that is waited for in vain is answered with 202', async () => {
    const workflow = session.fake.addWorkflow({ status: 'processing' });
    expect((await api(`/workflows/${workflow.id}?wait=30`)).status).toBe(202);
    session.fake.clock.advance(60_000);
    session.fake.finishWorkflow(workflow.id);
    const answer = await api(`/workflows/${workflow.id}?wait=30`);
    expect([answer.status, json(answer)]).toMatchObject([200, { completedAt: '2026-11-20T09:31:12Z' }]);
  });

  test('that failed says why in its jobs', async () => {
    const failure = { reason: 'blocked', blockedReason: 'minor' };
    const { steps } = await read(session.fake.addWorkflow({ status: 'failed', failure }));
    expect(steps[0]!.jobs[0]).toMatchObject({ status: 'failed', ...failure });
    expect(steps[0]).not.toHaveProperty('output');
  });

  test('carries fields and numbers that JavaScript cannot hold', async () => {
    const { id } = session.fake.addWorkflow({ seed: '18446744073709551615', extra: { new_field: ['x'] } });
    const text = (await api(`/workflows/${id}`)).body.toString('utf8');
    for (const raw of ['"seed":18446744073709551615', '"cfgScale":5.0', '"weight":1E+2', '"new_field":["x"]']) {
      expect(text).toContain(raw);
    }
  });

  test('is kept for 30 days after its end, and an ephemeral one not at all', async () => {
    const workflow = session.fake.addWorkflow();
    session.fake.clock.advance(30 * DAY);
    const running = session.fake.addWorkflow({ created: START, status: 'processing', ephemeral: true });
    expect((await api(`/workflows/${workflow.id}`)).status).toBe(200);
    session.fake.clock.advance(28_000);
    expect((await api(`/workflows/${workflow.id}`)).status).toBe(404);
    expect(idsOf(await list())).toEqual([running.id]);
    session.fake.finishWorkflow(running.id);
    expect((await api(`/workflows/${running.id}`)).status).toBe(404);
    expect(idsOf(await list())).toEqual([]);
  });

  test('that nobody knows is not found', async () => {
    const answer = await api('/workflows/wf_01HXYZ');
    expect([answer.status, json(answer)]).toMatchObject([404, { title: 'Not Found', status: 404 }]);
  });

  test('can be deleted and changed over the API, which is told of', async () => {
    const { id } = session.fake.addWorkflow({ id: 'wf_01HXYZ' });
    expect((await api(`/workflows/${id}`, session.bearer(), 'PUT')).status).toBe(204);
    expect((await api(`/workflows/${id}`, session.bearer(), 'DELETE')).status).toBe(204);
    expect((await api(`/workflows/${id}`)).status).toBe(404);
    expect(session.fake.changes().map(({ method }) => method)).toEqual(['PUT', 'DELETE']);
  });
});
