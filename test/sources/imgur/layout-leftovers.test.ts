import { beforeEach, describe, expect, test } from '@jest/globals';
import { readScript } from '../../../sources/imgur/archive-documents.js';
import { closedAfterEach } from '../../support/after-each.js';
import { SavedAlbums } from './saved-albums.js';

const LOG = 'scraping_logs.json';

let albums: SavedAlbums;

const open = closedAfterEach(SavedAlbums.open, ({ rig }) => rig.shut());

beforeEach(async () => {
  albums = await open();
});

describe('what old runs and people left', () => {
  const put = (path: string, text: string) => albums.archive.files.set(path, Buffer.from(text, 'utf8'));
  const DESCRIPTIONS = 'album01/descriptions_album01.json';
  const SCRIPT = 'album01/script_album01.json';

  beforeEach(async () => {
    await albums.saveAlbum();
  });

  test('a description for each run becomes one: the last that knows a medium counts, and none is lost', async () => {
    const right = albums.descriptions('album01')!;
    put(DESCRIPTIONS, `{"goneAAA": "kept", "goneBBB": "old"}{"goneBBB": "new", "imageAA": "x"}${right}`);
    await albums.save('album:album01');
    expect(albums.descriptions('album01')).toBe(`${right.slice(0, -1)}, "goneAAA": "kept", "goneBBB": "new"}`);
    put(DESCRIPTIONS, `${right}${right}`);
    await albums.save('album:album01');
    expect(albums.descriptions('album01')).toBe(right);
  });

  test.each([
    ['half of it', (text: string) => text.slice(0, 20)],
    ['half of a second one', (text: string) => `${text}${text.slice(0, 20)}`],
    ['nothing', () => ''],
    ['no JSON at all', () => 'see below'],
    ['zeros', () => '\0'.repeat(50)],
  ])('a document of which there is %s is written anew', async (_what, spoil) => {
    for (const path of [DESCRIPTIONS, SCRIPT]) {
      const right = albums.archive.text(path)!;
      put(path, spoil(right));
      await albums.save('album:album01');
      expect(albums.archive.text(path)).toBe(right);
    }
  });

  test('documents that a person has indented anew are left as they are while they say the same', async () => {
    for (const path of [DESCRIPTIONS, SCRIPT]) {
      const pretty = albums.archive
        .text(path)!
        .replaceAll(', ', ',\n    ')
        .replace('{', '{\n    ')
        .replace('}', '\n}\n');
      put(path, pretty);
      await albums.save('album:album01');
      expect(albums.archive.text(path)).toBe(pretty);
    }
  });

  test('a log that a person has indented anew, with doubled lines and blank ones, is read and gets no other', async () => {
    const line = albums.metadata('album01')!;
    const pretty = line.replaceAll(', ', ',\n  ').replace('{', '{\n  ').replace('}', '\n}');
    const other = line.replace('album01', 'album02');
    for (const log of [
      `\n${line}\n${line}\n\n`,
      `${pretty}\n${other}`,
      `\r\n${line}\r\n${other}`,
      `{"id": "al\n${line}`,
    ]) {
      put(LOG, log);
      await albums.save('album:album01');
      expect(albums.archive.text(LOG)).toBe(log);
    }
  });

  test('a log without this album, or with an older line behind the right one, gets one more', async () => {
    const line = albums.metadata('album01')!;
    const other = line.replace('album01', 'album02');
    const older = line.replace('"n_media": 3', '"n_media": 2');
    for (const log of ['', `\n${other}`, `\n${line}\n${older}`, `\n${line.slice(0, 30)}`, 'my albums']) {
      put(LOG, log);
      await albums.save('album:album01');
      expect(albums.archive.text(LOG)).toBe(`${log}\n${line}`);
    }
  });

  test('an order with gaps, or in the wrong sequence, is read by its numbers', () => {
    expect(readScript('{"10": "c", "2": "b", "0": "a", "x": "z", "3": null}')).toEqual(['a', 'b', 'c']);
    expect(readScript('{"0": "old"}{"0": "new"}{}')).toEqual(['new']);
  });
});
