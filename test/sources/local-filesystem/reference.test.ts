import { describe, expect, test } from '@jest/globals';
import { recognise } from '../../../sources/local-filesystem/reference.js';

const found = (typed: string, platform = 'linux') => {
  const { confidence, reference } = recognise(typed, platform) ?? {};
  return confidence === undefined ? undefined : [confidence, reference];
};

describe('a reference to a folder', () => {
  test.each(['/', '/srv/archive', '.', './', './output', '..', '../output', '~', '~/Pictures', 'C:\\a', 'c:/a b'])(
    '%j is certain, and stays as it was typed',
    (typed) => expect(found(typed)).toEqual(['certain', typed]),
  );

  test.each(['output/2024', 'a/b/c', '~me/pictures', 'imgur.com/a/aB3dE5f', ' /x', 'Ünïcode/😀'])(
    '%j may be one',
    (typed) => expect(found(typed)).toEqual(['possible', typed]),
  );

  test.each([
    'output',
    '',
    ' ',
    '...',
    'a.png',
    'a\\b',
    '\\\\server\\share',
    'C:',
    'C:x',
    'task-Qm3xVb7TnL2kRs9WpYc4ZdHa',
  ])('%j is none: a word alone may be anybody’s id', (typed) => expect(found(typed)).toBeUndefined());

  test.each(['https://imgur.com/a/x', 'http://', 'imgur:a/x', 'mailto:a/b', 'local-filesystem:a/b', 'https://['])(
    '%j belongs to somebody else',
    (typed) => expect(found(typed)).toBeUndefined(),
  );

  test.each(['./a\nb', '/a\u0000', './\ud800', '/\u007f', './\u009b31m'])('%j is nothing that can be shown', (typed) =>
    expect(found(typed)).toBeUndefined(),
  );

  test.each(['.\\output', '\\\\server\\share', '..\\x', '~\\Pictures', '\\x', 'C:\\'])(
    '%j is certain on Windows',
    (typed) => expect(found(typed, 'win32')).toEqual(['certain', typed]),
  );

  test('a backslash separates folders on Windows alone', () => {
    expect(found('a\\b', 'win32')).toEqual(['possible', 'a\\b']);
    expect(found('a\\b', 'linux')).toBeUndefined();
  });
});

describe('a file: URL', () => {
  test.each([
    ['file:///srv/archive', '/srv/archive'],
    ['file:///srv/a%20b%23c', '/srv/a b#c'],
    ['FILE:///srv/%C3%BC', '/srv/ü'],
    ['file://localhost/srv', '/srv'],
    ['file:///srv/../etc', '/etc'],
    ['file:///C:/a', '/C:/a'],
  ])('%s is the path %s', (typed, path) => {
    expect(found(typed)).toEqual(['certain', path]);
    expect(found(path)).toEqual(['certain', path]);
  });

  test.each([
    ['file:///C:/a%20b', 'C:/a b'],
    ['file://server/share/a', '\\\\server\\share\\a'],
    ['file:///srv', '/srv'],
  ])('%s is the path %s on Windows', (typed, path) => {
    expect(found(typed, 'win32')).toEqual(['certain', path]);
    expect(found(path, 'win32')).toEqual(['certain', path]);
  });

  test.each([
    'file:output',
    'file:/srv',
    'file://server/share',
    'file:///a?x=1',
    'file:///a#b',
    'file:///a%2Fb',
    'file:///a%5cb',
    'file:///a%00b',
    'file:///%zz',
    'file:///%ff',
    'file://[',
  ])('%s is no path', (typed) => expect(found(typed)).toBeUndefined());
});
