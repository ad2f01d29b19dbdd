import { describe, expect, test } from '@jest/globals';
import { kindOf, parseNamedServer } from '../src/named-server.js';
import { type Item, type Source, type SourceContext, type Task, usageError } from '../src/plugin.js';
import { recognise } from '../src/recognise.js';
import { createRegistry } from '../src/registry.js';
import { settingKeys } from '../src/setting-keys.js';
import { fetchedItem } from './support/fetched.js';
import { testCredentials, testSink, testSource } from './support/plugins.js';

const kiln = testSource('kiln', {
  title: 'Kiln',
  baseUrl: 'http://127.0.0.1:9000',
  credentials: { ...testCredentials, environment: ['KILN_API_KEY'] },
  importer: { files: ['kiln.ini'], read: () => ({ taken: [], left: [] }) } as never,
  recognise: (typed) => {
    if (/^https?:\/\/[^/]+(?:\/[a-z]+)?\/fire\/\d+$/u.test(typed)) return { confidence: 'possible', reference: typed };
    if (/^kiln\.example\/fire\/\d+$/u.test(typed)) return { confidence: 'certain', reference: typed };
    if (/^kiln-\d+$/u.test(typed)) return { confidence: 'certain', reference: typed };
    return /^[0-9a-f]{8}$/u.test(typed) ? { confidence: 'possible', reference: typed } : undefined;
  },
});
const plain = createRegistry([
  kiln,
  testSource('other', {
    recognise: (typed) => (/^[0-9a-f]{8}$/u.test(typed) ? { confidence: 'possible', reference: typed } : undefined),
  }),
  testSource('folders', { baseUrl: 'https://albaretto.invalid' }),
  testSink('drive'),
]);
const studio = parseNamedServer('studio', 'kiln http://10.0.0.5:9000', plain);
const attic = parseNamedServer('attic', 'kiln https://attic.example/kiln/', plain);
const registry = createRegistry([...plain.sources, ...plain.sinks, studio, attic]);

describe('a server under a name of its own', () => {
  test('is a source at its address, with its own title and none of the keys of the usual service', () => {
    expect(studio).toMatchObject({
      kind: 'source',
      name: 'studio',
      serverOf: 'kiln',
      title: 'Kiln at 10.0.0.5:9000',
      baseUrl: 'http://10.0.0.5:9000',
      references: kiln.references,
      credentials: { name: 'token', environment: [] },
    });
    expect(studio.importer).toBeUndefined();
    expect([kindOf(studio), kindOf(kiln)]).toEqual(['kiln', undefined]);
  });

  test('takes no name under which the program has settings of its own', () => {
    for (const { key } of settingKeys(createRegistry([]))) {
      const [name = ''] = key.split('.');
      expect(() => parseNamedServer(name, 'kiln http://10.0.0.5', plain)).toThrow(
        expect.objectContaining({ code: 'E_USAGE' }),
      );
    }
  });

  test.each([
    ['kiln', 'kiln http://10.0.0.5', 'kiln is the name of a plugin'],
    ['drive', 'kiln http://10.0.0.5', 'drive is the name of a plugin'],
    ['proxy', 'kiln http://10.0.0.5', 'proxy is the name of a setting'],
    ['Studio', 'kiln http://10.0.0.5', "a server's name is made of lower case letters, digits and dashes"],
    ['', 'kiln http://10.0.0.5', "a server's name is made of lower case letters, digits and dashes"],
    ['studio', 'oven http://10.0.0.5', "there is no source 'oven'"],
    ['studio', 'folders http://10.0.0.5', 'folders has no servers'],
    ['second', 'studio http://10.0.0.5', 'studio has no servers'],
    ['studio', 'kiln', 'a server is its kind and its address'],
    ['studio', 'kiln ftp://10.0.0.5', 'a server is its kind and its address'],
    ['studio', 'kiln http://me:secret@10.0.0.5', 'a server is its kind and its address'],
    ['studio', 'kiln http://10.0.0.5/?key=secret', 'a server is its kind and its address'],
    ['studio', 'kiln http://10.0.0.5 http://10.0.0.6', 'a server is its kind and its address'],
  ])('%j as %j is refused: %s', (name, text, message) => {
    expect(() => parseNamedServer(name, text, registry)).toThrow(expect.objectContaining({ code: 'E_USAGE', message }));
  });

  test('may be given another address', () => {
    expect(parseNamedServer('studio', ' kiln  http://10.0.0.6:9000 ', registry).baseUrl).toBe('http://10.0.0.6:9000');
  });
});

describe('a reference', () => {
  const read = (typed: string, current = 'other', forced?: string): string => {
    const found = recognise(typed, registry, { current, forced });
    return 'candidates' in found ? found.candidates.map(({ source }) => source.name).join(' or ') : found.source.name;
  };

  test('that leads to a server belongs to it, whatever is current', () => {
    expect(read('http://10.0.0.5:9000/fire/7')).toBe('studio');
    expect(read('https://attic.example/kiln/fire/7', 'studio')).toBe('attic');
    expect(read('https://attic.example/other/fire/7', 'studio')).toBe('kiln');
    expect(read('http://127.0.0.1:9000/fire/7', 'studio')).toBe('kiln');
  });

  test('without a scheme that leads to no server belongs to the kind, whatever is current', () => {
    expect(read('kiln.example/fire/7', 'studio')).toBe('kiln');
    expect(() => read('studio:kiln.example/fire/7')).toThrow('is no reference of Kiln at 10.0.0.5:9000');
  });

  test('that leads to this machine belongs to a server here, by whichever name', () => {
    const here = parseNamedServer('here', 'kiln http://127.0.0.1:9001', plain);
    const all = createRegistry([...plain.sources, here]);
    for (const host of ['localhost', '127.0.0.1', '[::1]'])
      expect(recognise(`http://${host}:9001/fire/7`, all, { current: 'other' })).toMatchObject({
        source: { name: 'here' },
      });
  });

  test('with a prefix belongs to that server, but for a link to another one', () => {
    expect(read('attic:kiln-7')).toBe('attic');
    expect(read('kiln-7', 'other', 'studio')).toBe('studio');
    expect(() => read('studio:https://attic.example/kiln/fire/7')).toThrow('is no reference of Kiln at 10.0.0.5:9000');
  });

  test('of a certain form belongs to its kind, and to a server where that is current', () => {
    expect(read('kiln-7')).toBe('kiln');
    expect(read('kiln-7', 'studio')).toBe('studio');
  });

  test('of a form that others have too is asked about', () => {
    expect(read('0011aabb', 'folders')).toBe('kiln or other or studio or attic');
    expect(read('0011aabb', 'attic')).toBe('attic');
  });
});

describe('what comes from a server', () => {
  const fail = () => {
    throw usageError('no such thing', undefined, 'kiln');
  };

  /** A kind that knows its items by their objects, as a source may; and what it was asked to locate. */
  async function opened(): Promise<{ source: Source; located: unknown[] }> {
    const located: unknown[] = [];
    const known = new WeakSet<object>();
    async function* items(reference: string): AsyncGenerator<Item> {
      for (const id of ['1', '2']) {
        const { item } = fetchedItem({ id });
        const given = { ...item, source: 'kiln' };
        known.add(given);
        yield given;
      }
      if (reference === 'half') fail();
    }
    const source: Source = {
      open(reference) {
        if (reference === 'at once') fail();
        return (async function* (): AsyncGenerator<Task> {
          if (reference === 'bad') fail();
          yield { source: 'kiln', id: reference, items: items(reference) };
        })();
      },
      async locate(wanted) {
        located.push({ source: wanted.source, id: wanted.id, known: known.has(wanted) });
        if (wanted.id === 'gone') fail();
        return { kind: 'bytes', bytes: new Uint8Array() };
      },
      check: async () => {
        throw usageError('no key', "give it with 'login kiln'", 'kiln');
      },
    };
    const kind = { ...kiln, load: async () => ({ create: () => source }) };
    const server = parseNamedServer('studio', 'kiln http://10.0.0.5:9000', createRegistry([kind]));
    return { located, source: (await server.load()).create({} as SourceContext) };
  }

  const walk = async (source: Source, reference: string) => {
    const listed: Item[] = [];
    for await (const task of source.open(reference, {})) {
      expect(task.source).toBe('studio');
      for await (const one of task.items) listed.push(one);
    }
    return listed;
  };

  test('bears its name, and the plugin gets back the very items that it gave out', async () => {
    const rig = await opened();
    const listed = await walk(rig.source, 'task');
    expect(listed.map(({ source, id }) => `${source} ${id}`)).toEqual(['studio 1', 'studio 2']);
    await rig.source.locate(listed[1]!, { renew: false });
    await rig.source.locate({ ...listed[1]! }, { renew: false });
    await rig.source.locate({ id: '3', taskId: 'task' }, { renew: false });
    expect(rig.located).toEqual([
      { source: 'kiln', id: '2', known: true },
      { source: 'kiln', id: '2', known: false },
      { source: undefined, id: '3', known: false },
    ]);
  });

  test('its failures are told as its own', async () => {
    const { source } = await opened();
    const own = { code: 'E_USAGE', plugin: 'studio' };
    await expect(walk(source, 'at once')).rejects.toMatchObject(own);
    await expect(walk(source, 'bad')).rejects.toMatchObject(own);
    await expect(walk(source, 'half')).rejects.toMatchObject(own);
    await expect(source.locate({ id: 'gone', taskId: 'task' }, { renew: true })).rejects.toMatchObject(own);
    await expect(source.check!()).rejects.toMatchObject({
      ...own,
      message: 'no key',
      hint: "give it with 'login studio'",
    });
  });

  test('it can do what its kind can, and no more', async () => {
    const { source } = await opened();
    expect([source.all, source.close]).toEqual([undefined, undefined]);
  });
});
