import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type NewResponse, RETENTION } from '../../fakes/openai/index.js';
import { type OpenAiRig, openOpenAiRig, START } from '../../support/openai-rig.js';

let rig: OpenAiRig;

beforeEach(async () => {
  rig = await openOpenAiRig();
});
afterEach(() => rig.shut());

const listNew = async (response: NewResponse = {}) => {
  const made = rig.fake.addResponse(response);
  return { made, ...(await rig.open(made.id)) };
};

describe('a response that is being made in the background', () => {
  test('is awaited with a word, less and less often', async () => {
    const made = rig.fake.addResponse({ background: true, pollsBeforeEnd: 4 });
    expect((await rig.open(made.id)).items).toHaveLength(1);
    expect(rig.clock.waits).toEqual([2000, 3000, 4500, 6750]);
    expect(rig.progress[0]).toBe(`${made.id} is still queued; waiting up to 300 s more`);
    expect(rig.progress.at(-1)).toBe(`${made.id} is still in progress; waiting up to 291 s more`);
  });

  test('is given up after five minutes', async () => {
    const made = rig.fake.addResponse({ status: 'in_progress' });
    await expect(rig.open(made.id)).rejects.toMatchObject({
      code: 'E_TIMEOUT',
      plugin: 'openai',
      message: `${made.id} was still in progress after 300 s`,
      hint: expect.stringContaining('--wait'),
    });
    expect(rig.clock.now() - START).toBeLessThanOrEqual(300_000);
    expect(rig.clock.now() - START).toBeGreaterThan(285_000);
  });

  test('is waited for as long as --wait says', async () => {
    const other = await openOpenAiRig({ options: { wait: '4' } });
    try {
      const made = other.fake.addResponse({ status: 'queued' });
      await expect(other.open(made.id)).rejects.toMatchObject({ code: 'E_TIMEOUT' });
      expect(other.asked()).toHaveLength(2);
    } finally {
      await other.shut();
    }
  });

  test.each(['soon', '-1', ''])('--wait %j is a usage error before any request', async (wait) => {
    await expect(openOpenAiRig({ options: { wait } })).rejects.toMatchObject({ code: 'E_USAGE' });
  });

  test('an abort ends the wait', async () => {
    const made = rig.fake.addResponse({ status: 'queued' });
    const controller = new AbortController();
    const ended = expect(rig.open(made.id, { signal: controller.signal })).rejects.toMatchObject({
      code: 'E_INTERRUPTED',
    });
    while (rig.progress.length === 0) await new Promise(setImmediate);
    controller.abort();
    await ended;
  });
});

describe('a response without pictures', () => {
  test('that failed is told in the words of the service', async () => {
    const error = { code: 'image_content_policy_violation', message: 'Your request was rejected\u001b[2J.' };
    const made = rig.fake.addResponse({ status: 'failed', error });
    await expect(rig.open(made.id)).rejects.toMatchObject({
      code: 'E_TASK_FAILED',
      plugin: 'openai',
      message: `${made.id} failed: Your request was rejected[2J. (image_content_policy_violation)`,
    });
  });

  test.each([
    [{ status: 'incomplete', incompleteReason: 'content_filter' }, 'is incomplete: content_filter'],
    [{ status: 'incomplete', incompleteReason: 'max_output_tokens' }, 'is incomplete: max_output_tokens'],
    [{ status: 'cancelled' }, 'was cancelled'],
  ] as const)('like %j is told as what it is', async (response, words) => {
    const made = rig.fake.addResponse(response);
    await expect(rig.open(made.id)).rejects.toMatchObject({
      code: 'E_TASK_FAILED',
      message: `${made.id} ${words}`,
    });
  });

  test('whose pictures all failed is told so', async () => {
    const made = rig.fake.addResponse({
      images: [{ status: 'failed' }, { status: 'failed' }, { status: 'in_progress' }],
    });
    await expect(rig.open(made.id)).rejects.toMatchObject({
      code: 'E_TASK_FAILED',
      message: `${made.id}: its picture was not made (failed, in_progress)`,
    });
  });

  test('that has words alone is E_NOT_FOUND', async () => {
    const made = rig.fake.addResponse({ images: 0 });
    await expect(rig.open(made.id)).rejects.toMatchObject({
      code: 'E_NOT_FOUND',
      message: `${made.id} has no pictures`,
      hint: expect.stringContaining('--chain'),
    });
  });

  test('of which some were made is fetched, and its end told', async () => {
    const made = rig.fake.addResponse({ status: 'incomplete', images: 1 });
    expect((await rig.open(made.id)).items).toHaveLength(1);
    expect(rig.warnings).toEqual([`${made.id} is incomplete: content_filter; the pictures that it has are fetched`]);
  });
});

describe('thirty days', () => {
  test('are told of a response', async () => {
    const { made, task, items } = await listNew();
    const end = new Date((made.created + RETENTION) * 1000);
    expect([task.expiresAt, items[0]!.expiresAt]).toEqual([end, end]);
  });

  test('are not told of one in a conversation, whose items stay', async () => {
    const { task, items } = await listNew({ conversation: rig.fake.addConversation() });
    expect([task.expiresAt, items[0]!.expiresAt]).toEqual([undefined, undefined]);
  });

  test.each([
    ['after them', { created: START / 1000 - RETENTION }],
    ['for a response that was not to be stored', { store: false }],
  ])('are named %s', async (_when, response) => {
    const made = rig.fake.addResponse(response);
    await expect(rig.open(made.id)).rejects.toMatchObject({
      code: 'E_NOT_FOUND',
      plugin: 'openai',
      message: expect.stringContaining(`Response with id '${made.id}' not found.`),
      hint: expect.stringMatching(/thirty days.*store: false/u),
    });
    expect(rig.asked()).toHaveLength(1);
  });
});
