import { describe, expect, test } from '@jest/globals';
import { flatLayout } from '../../src/archive/general-layouts.js';
import { recordOf } from '../../src/archive/record.js';
import type { ExistingFile, StoreFile } from '../../src/plugin.js';
import type { Fetched } from '../../src/transfer/fetch.js';
import { fetchedItem } from '../support/fetched.js';
import { gif, jpeg, mp4, png, webp } from '../support/pictures.js';

const DISK = { longestName: 255, caseSensitive: true };
const MAC = { longestName: 255, caseSensitive: false };

const existing = (bytes: Uint8Array): ExistingFile => ({
  size: bytes.length,
  async *open() {
    for (let at = 0; at < bytes.length; at += 1000) yield bytes.subarray(at, at + 1000);
  },
});

/** All files of an item, as if the media had been stored under the names that were wished. */
function filesOf(fetched: Fetched, layout = flatLayout(DISK), overwrite = false): StoreFile[] {
  const plan = layout.plan(fetched, { overwrite });
  return [...plan.media, ...plan.documents(plan.media.map(({ file }) => file.name))].map(({ file }) => file);
}

const names = (fetched: Fetched, layout = flatLayout(DISK)) => filesOf(fetched, layout).map(({ name }) => name);

describe('the flat layout', () => {
  test('names a picture by its id and by what its bytes are, and its record alike', () => {
    expect(names(fetchedItem({ id: 'generation-1', mediaType: 'image/webp' }))).toEqual([
      'generation-1.webp',
      'generation-1.json',
    ]);
    expect(names(fetchedItem({ id: 'generation-1', mediaType: 'video/mp4' }))[0]).toBe('generation-1.mp4');
  });

  test('names companions by their own ids', () => {
    expect(names(fetchedItem({ id: 'g1', companions: ['p1-source', 'p1-mask'] }))).toEqual([
      'g1.png',
      'p1-source.png',
      'p1-mask.png',
      'g1.json',
    ]);
  });

  test('gives ids that differ by case alone different names where the disk minds no case', () => {
    const layout = flatLayout(MAC);
    const [one, other] = ['generation-aB', 'generation-Ab'].map((id) => names(fetchedItem({ id }), layout));
    const folded = [...one!, ...other!].map((name) => name.toLowerCase());
    expect(new Set(folded).size).toBe(4);
    expect(one).toEqual(['generation-aB.png', 'generation-aB.json']);
  });

  test('keeps ids out of other folders', () => {
    for (const id of ['../../evil', '/etc/passwd', 'a\\b', 'CON', 'x'.repeat(400), '..', 'a\0b']) {
      for (const name of names(fetchedItem({ id }))) {
        expect(name).not.toMatch(/[/\\\0]/u);
        expect(Buffer.byteLength(name)).toBeLessThanOrEqual(255);
      }
    }
  });

  test('says beforehand what an item would be called, by what its service says', () => {
    const { item } = fetchedItem({ id: 'g1' });
    expect(flatLayout(DISK).nameOf({ ...item, mediaType: 'image/webp' })).toBe('g1.webp');
    expect(flatLayout(DISK).nameOf(item)).toBe('g1.bin');
  });

  test('takes the record along where the picture got a second name', () => {
    const plan = flatLayout(DISK).plan(fetchedItem({ id: 'g1' }), { overwrite: false });
    const record = plan.documents(['g1-2.png'])[0]!.file;
    expect(record!.name).toBe('g1-2.json');
    expect(JSON.parse(Buffer.from(record!.bytes.inMemory!).toString('utf8')).file).toBe('g1-2.png');
  });

  test('puts the time, the type and the prompt on the picture', () => {
    const createdAt = new Date('2022-09-28T12:00:00Z');
    const fetched = fetchedItem({ id: 'g1', prompt: 'a tin robot', createdAt, companions: ['p1-source'] });
    const [own, companion, record] = filesOf(fetched);
    expect(own).toMatchObject({ role: 'media', mediaType: 'image/png', createdAt, description: 'a tin robot' });
    expect(companion).toMatchObject({ role: 'media', createdAt });
    expect(companion!.description).toBeUndefined();
    expect(record).toMatchObject({ role: 'document', mediaType: 'application/json', createdAt });
  });

  test('asks for a second name, or to replace what is different, as it is told', () => {
    const fetched = fetchedItem({ id: 'g1' });
    expect(filesOf(fetched).map(({ onDifferent }) => onDifferent)).toEqual(['suffix', 'suffix']);
    expect(filesOf(fetched, flatLayout(DISK), true)[0]!.onDifferent).toBe('replace');
  });
});

describe('keys', () => {
  test('are 43 characters of base64url, the same in every run', () => {
    const keys = () => filesOf(fetchedItem({ id: 'g1', companions: ['p1-source'] })).map(({ key }) => key);
    for (const key of keys()) expect(key).toMatch(/^[A-Za-z0-9_-]{43}$/u);
    expect(keys()).toEqual(keys());
    expect(new Set(keys()).size).toBe(3);
  });

  test('tell items, sources, and items whose ids differ by case alone apart', () => {
    const keyOf = (id: string, source: string) => filesOf(fetchedItem({ id, source }))[0]!.key;
    const keys = [keyOf('g1', 'dalle2'), keyOf('g2', 'dalle2'), keyOf('g1', 'imgur'), keyOf('G1', 'dalle2')];
    expect(new Set(keys).size).toBe(4);
  });

  test('give the record of a second picture its own', () => {
    const plan = flatLayout(DISK).plan(fetchedItem({ id: 'g1' }), { overwrite: false });
    expect(plan.documents(['g1.png'])[0]!.file.key).not.toBe(plan.documents(['g1-2.png'])[0]!.file.key);
  });
});

describe('an existing picture under the name', () => {
  const media = filesOf(fetchedItem({ id: 'g1' }))[0]!;
  const whole: [string, Buffer][] = [
    ['png', png(20, 20, 7)],
    ['webp', webp(7, 4000)],
    ['jpeg', jpeg(7, 4000)],
    ['gif', gif(7, 4000)],
    ['mp4', mp4(7, 4000)],
  ];

  test.each(whole)('that is a whole %s is somebody’s, and not replaced', async (_name, bytes) => {
    expect(await media.replaces?.(existing(bytes))).toBe(false);
  });

  test.each(whole.filter(([name]) => name !== 'mp4'))('that is half a %s is replaced', async (_name, bytes) => {
    expect(await media.replaces?.(existing(bytes.subarray(0, bytes.length >> 1)))).toBe(true);
  });

  test('that is empty is replaced', async () => {
    expect(await media.replaces?.(existing(Buffer.alloc(0)))).toBe(true);
  });

  test('whose bytes are broken in the middle is replaced', async () => {
    const bytes = Buffer.from(png(20, 20, 7));
    bytes[bytes.length >> 1]! ^= 0xff;
    expect(await media.replaces?.(existing(bytes))).toBe(true);
  });

  test.each([
    ['a document', Buffer.from('My notes, which have nothing to do with any of this.\n'.repeat(20))],
    ['a page', Buffer.from('<!DOCTYPE html><html></html>')],
    ['of no known format', Buffer.from([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12])],
  ])('that is %s is not replaced', async (_name, bytes) => {
    expect(await media.replaces?.(existing(bytes))).toBe(false);
  });

  test('of a format that does not say where it ends counts as whole', async () => {
    const video = Buffer.from(mp4(7, 4000));
    let at = 0;
    for (let size = video.readUInt32BE(0); at + size < video.length; size = video.readUInt32BE(at)) at += size;
    video.writeUInt32BE(0, at); // the last box goes on to the end of the file, wherever that is
    expect(await media.replaces?.(existing(video))).toBe(false);
  });
});

describe('an existing record under the name', () => {
  const fetched = fetchedItem({ id: 'g1', prompt: 'new' });
  const document = filesOf(fetched).at(-1)!;
  const record = (id: string, source = 'dalle2') =>
    Buffer.from(recordOf(fetchedItem({ id, source, prompt: 'old' }), { media: `${id}.png`, companions: [] }));

  test('of the same item is replaced', async () => {
    expect(await document.replaces?.(existing(record('g1')))).toBe(true);
  });

  test.each([
    ['of another item', record('g2')],
    ['of another source', record('g1', 'imgur')],
    ['that is somebody’s own JSON', Buffer.from('{"id":"g1","source":"dalle2"}')],
    ['that is no JSON', Buffer.from('notes')],
  ])('%s is not replaced', async (_name, bytes) => {
    expect(await document.replaces?.(existing(bytes))).toBe(false);
  });

  test('that is too large to be ours is not even read', async () => {
    const large: ExistingFile = {
      size: 40_000_000,
      open: () => {
        throw new Error('it is read');
      },
    };
    expect(await document.replaces?.(large)).toBe(false);
  });
});
