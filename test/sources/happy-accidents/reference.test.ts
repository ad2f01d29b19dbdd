import { describe, expect, test } from '@jest/globals';
import { isImageForm, recognise } from '../../../sources/happy-accidents/reference.js';

describe('a reference', () => {
  test.each(['inf-000004-8FR7EwLt', 'inf-1', 'img-4-0-hbHACX', 'img-10-12-uuxOIC'])(
    'of a form that no other service has is certain: %s',
    (reference) => {
      expect(recognise(reference)).toEqual({ confidence: 'certain', reference });
    },
  );

  test('that is a UUID is only possible, and in small letters as the service has it', () => {
    const reference = '1f0c2a34-5b6d-4e7f-8a90-b1c2d3e4f506';
    for (const typed of [reference, reference.toUpperCase()])
      expect(recognise(typed)).toEqual({ confidence: 'possible', reference });
  });

  test.each([
    'inf-',
    'inf--1',
    'inf-a_b',
    'img-1-2',
    'img-a-b-c',
    'info-1',
    '1f0c2a345b6d4e7f8a90b1c2d3e4f506',
    '1f0c2a34-5b6d-4e7f-8a90-b1c2d3e4f50',
    'https://www.happyaccidents.ai/1f0c2a34-5b6d-4e7f-8a90-b1c2d3e4f506',
    `inf-${'a'.repeat(100)}`,
    '',
  ])('is not %j', (reference) => {
    expect(recognise(reference)).toBeUndefined();
  });

  test('tells an image from an inference where its form does', () => {
    expect(['img-4-0-hbHACX', 'inf-4-0-hbHACX', '1f0c2a34-5b6d-4e7f-8a90-b1c2d3e4f506'].map(isImageForm)).toEqual([
      true,
      false,
      false,
    ]);
  });
});
