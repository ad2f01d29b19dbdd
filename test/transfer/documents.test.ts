import { describe, expect, test } from '@jest/globals';
import { keyOf, type PlannedFile } from '../../src/archive/layout.js';
import { AlbarettoError } from '../../src/errors.js';
import type { StoredFile } from '../../src/plugin.js';
import { bytesInMemory, sha256Of } from '../../src/transfer/bytes.js';
import { type DocumentOptions, type DocumentWriter, documentWriter } from '../../src/transfer/documents.js';
import { openFolders } from '../../src/transfer/folder-stores.js';
import { gate, settle } from '../support/gate.js';
import { MemorySink } from '../support/memory-sink.js';

interface Rig {
  readonly sink: MemorySink;
  readonly writer: DocumentWriter;
  /** `read a.json`, `put models/a.json`. */
  readonly calls: string[];
  text(path: string): string | undefined;
}

/** @param seen What is told of files that are read, in place of what they are. */
async function openRig(
  options: DocumentOptions = {},
  before: () => Promise<void> = async () => undefined,
  seen: Partial<StoredFile> = {},
): Promise<Rig> {
  const sink = new MemorySink({ uniqueNames: true, caseSensitive: true, reserves: false });
  const root = await sink.open(undefined, {});
  const calls: string[] = [];
  const pathIn = (location: string, name: string) =>
    [location.slice('memory:/'.length), name].filter(Boolean).join('/');
  const watched = (store: typeof root): typeof root => ({
    ...store,
    read: async (file, given) => {
      calls.push(`read ${pathIn(store.location, file.name)}`);
      await before();
      const found = await store.read!(file, given);
      return found === undefined ? undefined : { ...found, ...seen };
    },
  });
  const folders = openFolders(watched(root), {
    surround: (store) => (file, given) => {
      calls.push(`put ${pathIn(store.location, file.name)}`);
      return store.put(file, given);
    },
    open: async (store, name) => watched(await store.folder(name, {})),
  });
  return {
    sink,
    writer: documentWriter(folders, options),
    calls,
    text(path) {
      const found = sink.files.find(({ folder, name }) => [folder, name].filter(Boolean).join('/') === path);
      return found === undefined ? undefined : Buffer.from(found.bytes).toString('utf8');
    },
  };
}

const documentOf = (text: string, more: Partial<PlannedFile> = {}, name = 'a.json'): PlannedFile => ({
  folder: [],
  file: {
    name,
    role: 'document',
    bytes: bytesInMemory(Buffer.from(text)),
    mediaType: 'application/json',
    key: keyOf('dalle2', name, 'document'),
    onDifferent: 'replace',
  },
  ...more,
});

/** Adds its text to what is there, unless it is there already. */
const adding = (text: string) => documentOf(text, { merge: (old) => (old.includes(text) ? undefined : old + text) });

describe('a document', () => {
  test('that is not there is written, with its digest', async () => {
    const { writer, text } = await openRig();
    const written = await writer.write(documentOf('{"a":1}', { folder: ['models'] }), undefined);
    expect(text('models/a.json')).toBe('{"a":1}');
    expect(written).toMatchObject({ receipt: { name: 'a.json', outcome: 'created', size: 7 } });
    expect(written!.sha256).toBe(sha256Of(bytesInMemory(Buffer.from('{"a":1}')).digests));
  });

  test('that items share and that was written in this run with the same text is not touched again', async () => {
    const { writer, calls } = await openRig();
    const shared = { ...adding('one'), shared: true };
    await writer.write(shared, undefined);
    calls.length = 0;
    expect(await writer.write(shared, undefined)).toBeUndefined();
    expect(calls).toEqual([]);
  });

  test('with another text is written over the first, and one of the same name elsewhere beside it', async () => {
    const { writer, text } = await openRig();
    await writer.write(documentOf('old'), undefined);
    await writer.write(documentOf('new'), undefined);
    await writer.write(documentOf('other', { folder: ['models'] }), undefined);
    expect([text('a.json'), text('models/a.json')]).toEqual(['new', 'other']);
  });

  test('that is there is merged, and is one file', async () => {
    const first = await openRig();
    await first.writer.write(documentOf('one '), undefined);
    const written = await first.writer.write(adding('two'), undefined);
    expect(first.text('a.json')).toBe('one two');
    expect(first.sink.files).toHaveLength(1);
    expect(written).toMatchObject({ receipt: { outcome: 'replaced' } });
    expect(written!.sha256).toBe(sha256Of(bytesInMemory(Buffer.from('one two')).digests));
  });

  test('that says the same already is left as it is, and its digest is that of its own bytes', async () => {
    const { writer, calls, sink } = await openRig();
    await writer.write(documentOf('one'), undefined);
    // Half a character of UTF-8: as text it would be another one.
    sink.files[0]!.bytes = Buffer.from([0x6f, 0x6e, 0x65, 0xc3]);
    calls.length = 0;
    const written = await writer.write(documentOf('x', { merge: () => undefined }), undefined);
    expect(calls).toEqual(['read a.json']);
    expect(written).toMatchObject({ receipt: { outcome: 'present', size: 4, location: sink.files[0]!.id } });
    expect(written!.sha256).toBe(sha256Of(bytesInMemory(sink.files[0]!.bytes).digests));
    expect(written!.receipt.digest.hex).toBe(written!.sha256);
  });

  test('that is on record and there is neither read nor written', async () => {
    const asked: string[] = [];
    const { writer, calls } = await openRig({
      isThere: async (path, sha256) => {
        asked.push(`${path} ${sha256}`);
        return true;
      },
    });
    const planned = adding('one');
    expect(await writer.write({ ...planned, folder: ['models'] }, undefined)).toBeUndefined();
    expect(calls).toEqual([]);
    expect(asked).toEqual([`models/a.json ${sha256Of(planned.file.bytes.digests)}`]);
  });

  test('that items share and that is not on record is read, and looked for once', async () => {
    let asked = 0;
    const { writer, calls } = await openRig({
      isThere: async () => {
        asked += 1;
        return false;
      },
    });
    const shared = { ...adding('one'), shared: true };
    await writer.write(shared, undefined);
    await writer.write(shared, undefined);
    expect([asked, calls]).toEqual([1, ['read a.json', 'put a.json']]);
  });

  test('that belongs to one item alone is not remembered', async () => {
    let asked = 0;
    const { writer } = await openRig({
      isThere: async () => {
        asked += 1;
        return true;
      },
    });
    await writer.write(adding('one'), undefined);
    await writer.write(adding('one'), undefined);
    expect(asked).toBe(2);
  });

  test('that failed is tried again with the next item that has it', async () => {
    let fails = true;
    const { writer, text } = await openRig({}, async () => {
      if (fails) throw new AlbarettoError({ code: 'E_DESTINATION', message: 'no' });
    });
    await expect(writer.write(adding('one'), undefined)).rejects.toMatchObject({ code: 'E_DESTINATION' });
    fails = false;
    await writer.write(adding('one'), undefined);
    expect(text('a.json')).toBe('one');
  });

  test('too large to be one is not read, and says so', async () => {
    const open = () => {
      throw new Error('it is read');
    };
    const { writer } = await openRig({}, undefined, { size: 70_000_000, open });
    await writer.write(documentOf('one'), undefined);
    await expect(writer.write(adding('two'), undefined)).rejects.toMatchObject({
      code: 'E_TOO_LARGE',
      message: 'a.json: what is there is too large to be a document',
    });
  });

  test('is read and written in one turn, whoever else has it', async () => {
    const slow = gate();
    const { writer, text, sink } = await openRig({}, () => slow.promise);
    const words = ['one ', 'two ', 'three '];
    const work = Promise.all(words.map((word) => writer.write(adding(word), undefined)));
    await settle();
    slow.open();
    await work;
    expect(text('a.json')).toBe('one two three ');
    expect(sink.files).toHaveLength(1);
  });

  test('that is merged at a storage that cannot read back is written', async () => {
    const put = async () => ({
      name: 'a.json',
      location: 'x',
      size: 3,
      digest: { algorithm: 'sha256', hex: '' } as const,
      outcome: 'created' as const,
    });
    const root = { label: 'x', location: 'x' } as Parameters<typeof openFolders>[0];
    const folders = openFolders(root, { surround: () => put, open: async () => root });
    expect(await documentWriter(folders).write(adding('one'), undefined)).toMatchObject({
      receipt: { outcome: 'created' },
    });
  });
});
