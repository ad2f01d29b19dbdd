import { expect, test } from '@jest/globals';
import { AlbarettoError, interrupted } from '../src/errors.js';
import { SharedRequests } from '../src/shared-requests.js';

/** A request that listens to the signal it was begun with, and is answered from outside. */
function heldRequests() {
  const running: { signal: AbortSignal | undefined; answer(value: string): void; fail(error: Error): void }[] = [];
  const work = (signal: AbortSignal | undefined) =>
    new Promise<string>((answer, fail) => {
      running.push({ signal, answer, fail });
      signal?.addEventListener('abort', () => fail(interrupted(signal.reason)), { once: true });
    });
  return { running, work };
}

test('whoever asks for the same at once gets the one answer, and who asks later asks anew', async () => {
  const { running, work } = heldRequests();
  const requests = new SharedRequests<string>();
  const all = [1, 2, 3].map(() => requests.ask('a', undefined, work));
  const other = requests.ask('b', undefined, work);
  expect(running).toHaveLength(2);
  running[0]!.answer('first');
  running[1]!.answer('other');
  expect(await Promise.all([...all, other])).toEqual(['first', 'first', 'first', 'other']);
  const later = requests.ask('a', undefined, work);
  running[2]!.answer('second');
  expect(await later).toBe('second');
});

test('a failure is that of all who waited, and is not remembered', async () => {
  const { running, work } = heldRequests();
  const requests = new SharedRequests<string>();
  const all = [1, 2].map(() => requests.ask('a', undefined, work));
  running[0]!.fail(new AlbarettoError({ code: 'E_NOT_FOUND', message: 'gone' }));
  for (const one of all) await expect(one).rejects.toMatchObject({ code: 'E_NOT_FOUND' });
  const later = requests.ask('a', undefined, work);
  running[1]!.answer('back');
  expect(await later).toBe('back');
});

test('who is interrupted leaves at once, and the request goes on for the others', async () => {
  const { running, work } = heldRequests();
  const requests = new SharedRequests<string>();
  const staying = requests.ask('a', undefined, work);
  const leaving = new AbortController();
  const left = requests.ask('a', leaving.signal, work);
  leaving.abort();
  await expect(left).rejects.toMatchObject({ code: 'E_INTERRUPTED' });
  running[0]!.answer('whole');
  expect(await staying).toBe('whole');
  expect(running).toHaveLength(1);
});

test('the others ask once more between them when the one who asked first is interrupted', async () => {
  const { running, work } = heldRequests();
  const requests = new SharedRequests<string>();
  const first = new AbortController();
  const left = requests.ask('a', first.signal, work);
  const staying = [1, 2].map(() => requests.ask('a', undefined, work));
  first.abort();
  await expect(left).rejects.toMatchObject({ code: 'E_INTERRUPTED' });
  expect(running).toHaveLength(2);
  running[1]!.answer('whole');
  expect(await Promise.all(staying)).toEqual(['whole', 'whole']);
});

test('nothing is asked for a signal that was aborted before', async () => {
  const { running, work } = heldRequests();
  const ask = new SharedRequests<string>().ask('a', AbortSignal.abort(), work);
  await expect(ask).rejects.toMatchObject({ code: 'E_INTERRUPTED' });
  expect(running).toEqual([]);
});

test('work that ends by itself as if it were interrupted is asked for once, and not for ever', async () => {
  let asked = 0;
  const work = async () => {
    asked += 1;
    throw interrupted();
  };
  await expect(new SharedRequests<string>().ask('a', undefined, work)).rejects.toMatchObject({ code: 'E_INTERRUPTED' });
  expect(asked).toBe(1);
});
