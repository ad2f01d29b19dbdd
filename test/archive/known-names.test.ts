import { describe, expect, test } from '@jest/globals';
import type { FileRole, FileState, SavedFile } from '../../src/archive/catalog/catalog.js';
import { flatLayout } from '../../src/archive/general-layouts.js';
import { withKnownNames } from '../../src/archive/known-names.js';
import { pathOf } from '../../src/archive/layout.js';
import { sha256Of } from '../../src/transfer/bytes.js';
import type { Fetched } from '../../src/transfer/fetch.js';
import { fetchedItem } from '../support/fetched.js';

const RULES = { longestName: 255, caseSensitive: true };

let ids = 0;

function row(role: FileRole, name: string, state: FileState, sha256 = `${name}-other-bytes`): SavedFile {
  ids += 1;
  return {
    id: ids,
    source: 'dalle2',
    task: 'task-1',
    item: 'a',
    index: 1,
    role,
    sha256,
    size: 1,
    mediaType: 'image/png',
    sink: 'somewhere',
    destination: '/pictures',
    name,
    location: name,
    savedAt: new Date(0),
    state,
    checkedAt: new Date(0),
  };
}

/** `name` or `name!` for a file that replaces what is there: the media, then the documents. */
function planned(fetched: Fetched, rows: readonly SavedFile[], uniqueNames = true): string[] {
  const layout = withKnownNames(flatLayout(RULES), () => rows, uniqueNames);
  const plan = layout.plan(fetched, { overwrite: false });
  const documents = plan.documents(plan.media.map(({ file }) => file.name));
  return [...plan.media, ...documents].map(({ folder, file }) => {
    const path = pathOf(folder, file.name);
    return file.onDifferent === 'replace' ? `${path}!` : path;
  });
}

describe('a file that is put back', () => {
  const fetched = fetchedItem({ id: 'a' });
  const own = sha256Of(fetched.bytes.digests);

  test('is named as usual where nothing is known of it', () => {
    expect(planned(fetched, [])).toEqual(['a.png', 'a.json']);
  });

  test('replaces what is damaged, and only that', () => {
    const known = [row('media', 'a.png', 'damaged', own), row('document', 'a.json', 'saved')];
    expect(planned(fetched, known)).toEqual(['a.png!', 'a.json']);
    const others = [row('media', 'a.png', 'missing', own), row('document', 'a.json', 'damaged')];
    expect(planned(fetched, others)).toEqual(['a.png', 'a.json!']);
  });

  test('keeps the second name that it had to take, and its record the name beside it', () => {
    const known = [row('media', 'a-2.png', 'damaged', own), row('document', 'a-2.json', 'missing')];
    expect(planned(fetched, known)).toEqual(['a-2.png!', 'a-2.json']);
  });

  test('goes where these very bytes are wanted, not where others are', () => {
    const known = [row('media', 'a.png', 'damaged'), row('media', 'a-2.png', 'missing', own)];
    expect(planned(fetched, known)[0]).toBe('a-2.png');
  });

  test('goes under its own name first where these bytes are wanted under several', () => {
    const known = [row('media', '01-a.png', 'missing', own), row('media', 'a.png', 'missing', own)];
    expect(planned(fetched, known)[0]).toBe('a.png');
    expect(planned(fetched, known.slice(0, 1))[0]).toBe('01-a.png');
  });

  test('is not written over another one when its own bytes are there', () => {
    const known = [row('media', 'a.png', 'damaged'), row('media', 'a-2.png', 'saved', own)];
    expect(planned(fetched, known)[0]).toBe('a-2.png');
  });

  test('never takes the place of other bytes', () => {
    const refusal = expect.objectContaining({ code: 'E_DIGEST', message: expect.stringContaining('a-2.png') });
    expect(() => planned(fetched, [row('media', 'a-2.png', 'damaged')])).toThrow(refusal);
    expect(() => planned(fetched, [row('media', 'a-2.png', 'saved'), row('document', 'a-2.json', 'missing')])).toThrow(
      refusal,
    );
  });

  test('replaces nothing of several where names do not tell files apart', () => {
    const known = [row('media', 'a.png', 'damaged', own), row('media', 'a.png', 'saved')];
    expect(planned(fetched, known, false)[0]).toBe('a.png');
    expect(planned(fetched, known.slice(0, 1), false)[0]).toBe('a.png!');
  });

  test('is told from its companions, which are known by their bytes and then by their names', () => {
    const edited = fetchedItem({ id: 'a', companions: ['mask', 'source'] });
    const [mask, source] = edited.companions.map(({ bytes }) => sha256Of(bytes.digests));
    const known = [
      row('media', 'a.png', 'saved', sha256Of(edited.bytes.digests)),
      row('companion', 'first.png', 'damaged', source),
      row('companion', 'second.png', 'missing', mask),
    ];
    expect(planned(edited, known).slice(0, 3)).toEqual(['a.png', 'second.png', 'first.png!']);
    const changed = [row('companion', 'first.png', 'saved', source), row('companion', 'mask.png', 'damaged')];
    expect(() => planned(edited, changed)).toThrow(expect.objectContaining({ code: 'E_DIGEST' }));
  });

  test('has the name that it would have, for whoever asks before it is fetched', () => {
    const layout = withKnownNames(flatLayout(RULES), () => [], true);
    expect(layout.nameOf({ ...fetched.item, mediaType: 'image/webp' })).toBe('a.webp');
  });
});
