import { expect, test } from '@jest/globals';
import { isSameServer } from '../src/same-server.js';

const HOME = new URL('http://127.0.0.1:8188');

test.each([
  ['http://localhost:8188', true],
  ['http://127.0.0.1:8188', true],
  ['http://[::1]:8188', true],
  ['http://127.0.0.1:8189', false],
  ['https://127.0.0.1:8188', false],
  ['http://localhost.example.org:8188', false],
  ['http://192.168.0.1:8188', false],
])('%s is this machine’s server: %s', (origin, same) => {
  expect(isSameServer(new URL(origin), HOME)).toBe(same);
});
