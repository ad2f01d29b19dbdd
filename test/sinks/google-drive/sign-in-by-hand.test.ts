import { describe, expect, test } from '@jest/globals';
import { AlbarettoError, interrupted, type Sink } from '../../../src/plugin.js';
import { failure, useGoogle } from './support.js';

const world = useGoogle();
const login = ({ sink }: { sink: Sink }) => sink.login!({ fresh: false });
const never = () => new Promise<never>(() => undefined);

describe('signing in without a browser', () => {
  const urlIn = (question: string) => /https:\/\/accounts\.google\.com\/\S+/u.exec(question)?.[0] ?? '';

  test.each([
    ['--no-browser', { options: { 'no-browser': true } }],
    ['a browser that cannot be started', {}],
  ])('(%s) shows the address and takes the pasted redirect', async (_what, options) => {
    const answer = async (question: string) => world.google.signIn(urlIn(question)).redirect ?? '';
    const session = await world.session({ ...options, person: { browser: false, answer } });
    expect(await login(session)).toBe(world.user.email);
    expect(session.questions).toHaveLength(1);
    expect(session.context.record.opened).toHaveLength('options' in options ? 0 : 1);
  });

  test('takes the redirect in quotes, or its query alone', async () => {
    for (const wrap of [
      (url: string) => `  "${url}" `,
      (url: string) => `<${url}>`,
      (url: string) => new URL(url).search,
    ]) {
      const answer = async (question: string) => wrap(world.google.signIn(urlIn(question)).redirect ?? '');
      const session = await world.session({ options: { 'no-browser': true }, person: { answer } });
      expect(await login(session)).toBe(world.user.email);
    }
  });

  test('goes on by the redirect itself when that comes first, and takes its question back', async () => {
    let question: AbortSignal | undefined;
    const session = await world.session({
      options: { 'no-browser': true },
      person: {
        answer(text, signal) {
          question = signal;
          session.shown.push(world.google.signIn(urlIn(text)).follow());
          return new Promise((_resolve, reject) => signal?.addEventListener('abort', () => reject(interrupted())));
        },
      },
    });
    expect(await login(session)).toBe(world.user.email);
    expect((await session.shown[0])?.status).toBe(200);
    expect(question?.aborted).toBe(true);
  });

  test('says what is wrong with what was pasted, and asks again', async () => {
    const pastes = ['', 'hello', 'http://127.0.0.1/?state=old&code=4/0x', 'right'];
    const answer = async (question: string) => {
      const paste = pastes.shift();
      const url = urlIn(session.questions[0] ?? question);
      return paste === 'right' ? (world.google.signIn(url).redirect ?? '') : (paste ?? '');
    };
    const session = await world.session({ options: { 'no-browser': true }, person: { answer } });
    expect(await login(session)).toBe(world.user.email);
    expect(session.questions[1]).toMatch(/not the whole address/u);
    expect(session.questions[3]).toMatch(/belongs to another sign-in/u);
  });

  test('gives up after a few wrong pastes', async () => {
    const session = await world.session({ options: { 'no-browser': true }, person: { answer: async () => 'no' } });
    await failure(login(session), 'E_CREDENTIALS');
    expect(session.questions).toHaveLength(5);
  });

  test('ends with exit code 3 at the end of the input', async () => {
    const answer = () => Promise.reject(new AlbarettoError({ code: 'E_CREDENTIALS', message: 'nobody is there' }));
    const session = await world.session({ options: { 'no-browser': true }, person: { answer } });
    expect((await failure(login(session), 'E_CREDENTIALS')).message).toMatch(/nobody can answer here/u);
  });

  test('is interrupted by Ctrl-C at the question', async () => {
    const answer = () => Promise.reject(interrupted());
    const session = await world.session({ options: { 'no-browser': true }, person: { answer } });
    await failure(login(session), 'E_INTERRUPTED');
  });

  test('where nobody can answer prints the address and ends at once', async () => {
    const session = await world.session({ person: { browser: false } });
    const error = await failure(session.sink.open(undefined, {}), 'E_CREDENTIALS');
    expect(error.hint).toMatch(/in a terminal once/u);
    const url = urlIn(session.context.record.warnings.join(' '));
    expect(new URL(url).searchParams.get('state')).toMatch(/^[\w-]{43}$/u);
    expect(world.google.requests).toEqual([]);
  });

  test('is interrupted by Ctrl-C while it waits', async () => {
    const controller = new AbortController();
    const answer = () => {
      setImmediate(() => controller.abort());
      return never();
    };
    const session = await world.session({ options: { 'no-browser': true }, person: { answer } });
    await failure(session.sink.login!({ fresh: false, signal: controller.signal }), 'E_INTERRUPTED');
  });
});
