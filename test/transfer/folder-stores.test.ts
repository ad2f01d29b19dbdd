import { describe, expect, test } from '@jest/globals';
import { AlbarettoError } from '../../src/errors.js';
import type { Store } from '../../src/plugin.js';
import { openFolders } from '../../src/transfer/folder-stores.js';
import { gate, settle } from '../support/gate.js';

/** A destination whose folders are made by `open`, and written down. */
function destination(before: (path: string) => Promise<void> = async () => undefined) {
  const made: string[] = [];
  const closed: string[] = [];
  const surrounded: string[] = [];
  const storeAt = (location: string): Store =>
    ({ label: location, location, close: async () => void closed.push(location) }) as Partial<Store> as Store;
  const root = storeAt('/pics');
  const folders = openFolders(root, {
    surround: (store) => {
      surrounded.push(store.location);
      return () => Promise.reject(new Error(`nothing is put into ${store.location}`));
    },
    open: async (store, name) => {
      const path = `${store.location}/${name}`;
      await before(path);
      made.push(path);
      return storeAt(path);
    },
  });
  return { root, folders, made, closed, surrounded };
}

describe('folders below a destination', () => {
  test('are made from the outermost on, each once', async () => {
    const { folders, made } = destination();
    expect((await folders.at(['a', 'b'])).store.location).toBe('/pics/a/b');
    expect((await folders.at(['a', 'c'])).store.location).toBe('/pics/a/c');
    expect((await folders.at(['a', 'b'])).store.location).toBe('/pics/a/b');
    expect(made).toEqual(['/pics/a', '/pics/a/b', '/pics/a/c']);
  });

  test('are made once also by many who ask at the same time', async () => {
    const slow = gate();
    const { folders, made } = destination(() => slow.promise);
    const asked = Array.from({ length: 20 }, (_, at) => folders.at(['a', `b${at % 2}`]));
    await settle();
    slow.open();
    const opened = await Promise.all(asked);
    expect(new Set(opened).size).toBe(2);
    expect(made).toEqual(['/pics/a', '/pics/a/b0', '/pics/a/b1']);
  });

  test('that could not be made are tried again by the next who asks, and theirs alone', async () => {
    let fails = true;
    const { folders, made } = destination(async (path) => {
      if (fails && path === '/pics/a/b') throw new AlbarettoError({ code: 'E_DESTINATION', message: 'no' });
    });
    await expect(folders.at(['a', 'b'])).rejects.toMatchObject({ code: 'E_DESTINATION' });
    fails = false;
    expect((await folders.at(['a', 'b'])).store.location).toBe('/pics/a/b');
    expect(made).toEqual(['/pics/a', '/pics/a/b']);
  });

  test('have the surroundings of a store each, the destination too', async () => {
    const { folders, root, surrounded } = destination();
    expect((await folders.at([])).store).toBe(root);
    await folders.at(['a']);
    await folders.at(['a']);
    expect(surrounded).toEqual(['/pics', '/pics/a']);
  });

  test('whose names would read alike when they are joined are different folders', async () => {
    const { folders, made } = destination();
    await folders.at(['a', 'b']);
    await folders.at(['a/b']);
    expect(made).toEqual(['/pics/a', '/pics/a/b', '/pics/a/b']);
  });

  test('are closed, and the destination is not: that is its opener’s', async () => {
    const { folders, closed } = destination(async (path) => {
      if (path.endsWith('c')) throw new Error('it cannot be made');
    });
    await folders.at([]);
    await folders.at(['a', 'b']);
    await folders.at(['c']).catch(() => undefined);
    await folders.close();
    expect(closed.sort()).toEqual(['/pics/a', '/pics/a/b']);
  });

  test('are closed all the same where one of them fails to close', async () => {
    const { folders, closed } = destination();
    const { store } = await folders.at(['a']);
    await folders.at(['b']);
    store.close = () => Promise.reject(new Error('it does not close'));
    await expect(folders.close()).rejects.toThrow('it does not close');
    expect(closed).toEqual(['/pics/b']);
  });
});

describe('work for one path', () => {
  test('is done one after the other, and work for others at the same time', async () => {
    const { folders } = destination();
    const slow = gate();
    const told: string[] = [];
    const first = folders.inTurn('a', async () => {
      told.push('first begins');
      await slow.promise;
      told.push('first ends');
    });
    const second = folders.inTurn('a', async () => void told.push('second'));
    await folders.inTurn('b', async () => void told.push('other'));
    expect(told).toEqual(['first begins', 'other']);
    slow.open();
    await Promise.all([first, second]);
    expect(told).toEqual(['first begins', 'other', 'first ends', 'second']);
  });

  test('goes on after work that failed, and each is answered what its own came to', async () => {
    const { folders } = destination();
    const failed = folders.inTurn('a', () => Promise.reject(new Error('no')));
    const done = folders.inTurn('a', async () => 42);
    await expect(failed).rejects.toThrow('no');
    expect(await done).toBe(42);
  });
});
