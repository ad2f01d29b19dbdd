import { describe, expect, test } from '@jest/globals';
import { recognise } from '../../../sources/dalle2/reference.js';

const ID = 'Qm3xVb7TnL2kRs9WpYc4ZdHa';

describe('references', () => {
  test.each([
    ['a task id', `task-${ID}`, 'certain', `task-${ID}`],
    ['a task id without its prefix', ID, 'possible', `task-${ID}`],
    ['an id that looks like a number', '00123456', 'possible', 'task-00123456'],
    ['an id that looks like a number with an exponent', '00123e5', 'possible', 'task-00123e5'],
    ['a generation id', `generation-${ID}`, 'certain', `generation-${ID}`],
    ['a share link', `https://labs.openai.com/s/${ID}`, 'certain', `generation-${ID}`],
    ['a share link with a slash', `https://labs.openai.com/s/${ID}/`, 'certain', `generation-${ID}`],
    [
      'a share link with a query and a fragment',
      `https://labs.openai.com/s/${ID}?a=b&c=d#e`,
      'certain',
      `generation-${ID}`,
    ],
    ['a share link without its scheme', `labs.openai.com/s/${ID}`, 'certain', `generation-${ID}`],
    ['a share link with its host in capitals', `https://LABS.OpenAI.com/s/${ID}`, 'certain', `generation-${ID}`],
  ])('%s', (_form, typed, confidence, reference) => {
    expect(recognise(typed)).toEqual({ confidence, reference });
  });

  test.each([
    ['another prefix', `prompt-${ID}`],
    ['a prefix in capitals', `TASK-${ID}`],
    ['too short', 'task-abc'],
    ['too long', `task-${'a'.repeat(65)}`],
    ['a path', `task-${ID}/../../user`],
    ['a blank at the end', `task-${ID} `],
    ['a line break at the end', `task-${ID}\n`],
    ['another host', `https://labs.openai.com.example.org/s/${ID}`],
    ['the host as a user name', `https://labs.openai.com@example.org/s/${ID}`],
    ['another page of the service', 'https://labs.openai.com/c/private'],
    ['a share link without an id', 'https://labs.openai.com/s/'],
    ['a share link with a path in its id', 'https://labs.openai.com/s/..%2f..%2fuser'],
  ])('no reference: %s', (_form, typed) => {
    expect(recognise(typed)).toBeUndefined();
  });
});
