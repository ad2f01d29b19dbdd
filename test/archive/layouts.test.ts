import { describe, expect, test } from '@jest/globals';
import { chooseLayouts } from '../../src/archive/layouts.js';
import type { LayoutDescriptor } from '../../src/plugin.js';
import { fetchedItem } from '../support/fetched.js';
import { testSource } from '../support/plugins.js';
import { POSIX } from '../support/unkind-paths.js';

/** A layout that puts everything into a folder of its own name; `loads` counts how often its body was asked for. */
function ownLayout(name: string) {
  let loads = 0;
  const layout: LayoutDescriptor = {
    name,
    description: 'of a test',
    load: async () => {
      loads += 1;
      return {
        create: ({ extensionOf }) => ({
          namesAreKnown: false,
          media: (item, type) => ({ folder: [name], stem: item.id, extension: extensionOf(type ?? '') }),
        }),
      };
    },
  };
  return { layout, loads: () => loads };
}

const album = ownLayout('album-archive');
const gallery = ownLayout('gallery');
const SOURCES = [
  testSource('imgur', { layout: album.layout }),
  testSource('happy', { layout: gallery.layout }),
  testSource('dalle2'),
];

const item = (source: string) => ({ ...fetchedItem({ id: 'a', source }).item, mediaType: 'image/png' });

async function nameFor(asked: string | undefined, source: string): Promise<string> {
  return (await chooseLayouts(asked, SOURCES, POSIX).of(source)).nameOf(item(source));
}

describe('without --layout', () => {
  test("each source's own is used, and flat where it has none", async () => {
    expect(await nameFor(undefined, 'imgur')).toBe('album-archive/a.png');
    expect(await nameFor(undefined, 'happy')).toBe('gallery/a.png');
    expect(await nameFor(undefined, 'dalle2')).toBe('a.png');
    expect(await nameFor(undefined, 'a source that is no longer there')).toBe('a.png');
    expect(chooseLayouts(undefined, SOURCES, POSIX).asked).toBeUndefined();
  });
});

describe('--layout', () => {
  test.each(['imgur', 'happy', 'dalle2'])('by one of the general names holds for the items of %s', async (source) => {
    expect(await nameFor('flat', source)).toBe('a.png');
    expect(await nameFor('by-task', source)).toBe('task-1/a.png');
    expect(await nameFor('{source}/{id}', source)).toBe(`${source}/a.png`);
  });

  test("by a source's own name holds for that source, and others are flat", async () => {
    expect(await nameFor('album-archive', 'imgur')).toBe('album-archive/a.png');
    expect(await nameFor('album-archive', 'happy')).toBe('a.png');
    expect(await nameFor('album-archive', 'dalle2')).toBe('a.png');
  });

  test.each(['nowhere', '', 'Flat', 'by task', 'imgur'])(
    '%j is no layout, and those that there are are named',
    (asked) => {
      expect(() => chooseLayouts(asked, SOURCES, POSIX)).toThrow(
        expect.objectContaining({
          code: 'E_USAGE',
          hint: expect.stringMatching(/^there are flat, by-task, album-archive, gallery, and templates such as /u),
        }),
      );
    },
  );

  test('by a template that is none says so before anything is done', () => {
    expect(() => chooseLayouts('{colour}', SOURCES, POSIX)).toThrow('knows no {colour}');
  });

  test('is remembered as it was asked for', () => {
    expect(chooseLayouts('{id}', SOURCES, POSIX).asked).toBe('{id}');
  });
});

describe('the layout of a source', () => {
  test('is one and the same for all its items, and its body is loaded once, on first use', async () => {
    const before = album.loads();
    const layouts = chooseLayouts(undefined, SOURCES, POSIX);
    expect(album.loads()).toBe(before);
    const [one, other] = await Promise.all([layouts.of('imgur'), layouts.of('imgur')]);
    expect(one).toBe(other);
    expect(album.loads()).toBe(before + 1);
  });

  test('that was asked for by its general name is shared by all sources: their names are kept apart', async () => {
    const layouts = chooseLayouts('{task}', SOURCES, POSIX);
    const names = await Promise.all(
      ['imgur', 'dalle2'].map(async (name) => (await layouts.of(name)).nameOf(item(name))),
    );
    expect(names).toEqual(['task-1.png', 'task-1-a.png']);
  });
});
