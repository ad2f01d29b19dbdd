import { expect, test } from '@jest/globals';
import { pastedAddress } from '../src/pasted-address.js';

test.each([
  ['an address', 'https://imgur.com/a/b?c=d#e', 'https://imgur.com/a/b?c=d#e'],
  ['one that is not encrypted', 'http://imgur.com/a', 'http://imgur.com/a'],
  ['one in capitals', 'HTTPS://IMGUR.COM/A', 'https://imgur.com/A'],
  ['one with the usual port', 'https://imgur.com:443/a', 'https://imgur.com/a'],
  ['one without its scheme', 'www.imgur.com/a?b', 'https://www.imgur.com/a?b'],
  ['one without its scheme but for the slashes', '//imgur.com/a', 'https://imgur.com/a'],
  ['a host alone', 'imgur.com', 'https://imgur.com/'],
])('%s is read', (_what, typed, href) => {
  expect(pastedAddress(typed)?.href).toBe(href);
});

test.each([
  ['a word', 'task-abc'],
  ['a path', 'a/b'],
  ['a path from the root', '/imgur.com/a'],
  ['a path in the current folder', './imgur.com'],
  ['another scheme', 'ftp://imgur.com/a'],
  ['a scheme without slashes', 'https:imgur.com/a'],
  ['another port', 'https://imgur.com:8443/a'],
  ['a port without a scheme', 'imgur.com:8443/a'],
  ['a user name', 'https://me@imgur.com/a'],
  ['a user name without a scheme', 'imgur.com@example.org/a'],
  ['a prefix', 'imgur:imgur.com/a'],
  ['a blank before it', ' imgur.com/a'],
  ['a backslash', 'imgur.com\\a'],
  ['a host that is none', 'https://[/a'],
  ['nothing', ''],
])('%s is no address', (_what, typed) => {
  expect(pastedAddress(typed)).toBeUndefined();
});
