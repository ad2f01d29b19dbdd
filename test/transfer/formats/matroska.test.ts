import { expect, test } from '@jest/globals';
import { element, openElement } from '../../support/pictures/matroska.js';

import { webm } from '../../support/pictures.js';
import { judge } from './judge.js';

const HEADER = element([0x1a, 0x45, 0xdf, 0xa3], element([0x42, 0x82], Buffer.from('webm')));
const SEGMENT = [0x18, 0x53, 0x80, 0x67];
const CLUSTER = element([0x1f, 0x43, 0xb6, 0x75], element([0xe7], [0]));
const SOUND = element([0x16, 0x54, 0xae, 0x6b], element([0xae], element([0xd7], [1])));

test('a recording without pictures is sound', () => {
  const body = Buffer.concat([HEADER, element(SEGMENT, SOUND, CLUSTER)]);
  expect(judge(body)).toEqual({ ok: true, mediaType: 'audio/webm' });
});

test('something behind the segment belongs to the file where the length of it is vouched for', () => {
  const body = Buffer.concat([webm(), Buffer.alloc(3)]);
  expect(judge(body)).toMatchObject({ ok: false, problem: 'truncated' });
  expect(judge(body, { declaredSize: body.length })).toMatchObject({ ok: true, mediaType: 'video/webm' });
});

test.each([
  [
    'no kind of document',
    Buffer.concat([element([0x1a, 0x45, 0xdf, 0xa3], element([0x42, 0x86], [1])), element(SEGMENT)]),
    'does not say what kind of document it is',
  ],
  ['no segment', Buffer.concat([HEADER, CLUSTER]), 'has no segment behind its header'],
  [
    'bytes that are no element',
    Buffer.concat([HEADER, element(SEGMENT, SOUND, CLUSTER, [0, 0, 0, 0])]),
    'has bytes where an element should begin',
  ],
  [
    'an element that is longer than the segment',
    Buffer.concat([HEADER, element(SEGMENT, SOUND, CLUSTER, [0xec, 0x8f])]),
    'has an element that is longer than it can be',
  ],
  [
    'an open element that must not be open',
    Buffer.concat([HEADER, openElement(SEGMENT, openElement([0xec], [1, 2]))]),
    'has an element of unknown length',
  ],
  [
    'an open header',
    Buffer.concat([openElement([0x1a, 0x45, 0xdf, 0xa3], element([0x42, 0x82], Buffer.from('webm')))]),
    'has an impossible header',
  ],
  [
    'an open element in the header',
    Buffer.concat([element([0x1a, 0x45, 0xdf, 0xa3], openElement([0x42, 0x82], [1])), element(SEGMENT)]),
    'has an impossible header',
  ],
  [
    'a width that is no number',
    Buffer.concat([HEADER, element(SEGMENT, element([0xb0], Buffer.alloc(9)), CLUSTER)]),
    'has a number that is too long',
  ],
])('%s is damaged', (_, body, detail) => {
  expect(judge(body)).toEqual({ ok: false, problem: 'damaged', mediaType: 'video/webm', detail });
});

test('a segment without a cluster is cut, whatever its length says', () => {
  const body = Buffer.concat([HEADER, openElement(SEGMENT, SOUND)]);
  expect(judge(body, { declaredSize: body.length })).toMatchObject({
    problem: 'truncated',
    detail: 'ends before its first cluster',
  });
});
