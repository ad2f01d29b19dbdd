import { describe, expect, test } from '@jest/globals';
import { readReference, recognise } from '../../../sources/comfyui/reference.js';

const ID = '3f0c2a4e-1111-4222-8333-9a9b9c9d9e9f';
const HOME = 'http://127.0.0.1:8188';

describe('references', () => {
  test.each([
    ['a prompt id', ID, 'possible', ID],
    ['a prompt id in capitals, which old servers take', ID.toUpperCase(), 'possible', ID.toUpperCase()],
    ['a link to a history item', `${HOME}/history/${ID}`, 'certain', `${HOME}/api/jobs/${ID}`],
    ['the same with /api', `${HOME}/api/history/${ID}`, 'certain', `${HOME}/api/jobs/${ID}`],
    ['a link to a job', `${HOME}/api/jobs/${ID}?x=1#y`, 'certain', `${HOME}/api/jobs/${ID}`],
    [
      'a job of Comfy Cloud',
      `https://cloud.comfy.org/api/jobs/${ID}`,
      'certain',
      `https://cloud.comfy.org/api/jobs/${ID}`,
    ],
    [
      'a job of a server with a name',
      `http://studio:8188/history/${ID}`,
      'certain',
      `http://studio:8188/api/jobs/${ID}`,
    ],
    [
      'a job of a server on another port',
      `https://gpu.example.org/history/${ID}`,
      'possible',
      `https://gpu.example.org/api/jobs/${ID}`,
    ],
    ['a file', `${HOME}/view?filename=a.png`, 'certain', `${HOME}/view?filename=a.png&subfolder=&type=output`],
    [
      'a file in a subfolder, with a preview asked for',
      `${HOME}/api/view?filename=a%20b.png&type=temp&subfolder=kites%2Fred&preview=webp%3B90&channel=rgb&rand=0.4`,
      'certain',
      `${HOME}/view?filename=a+b.png&subfolder=kites%2Fred&type=temp`,
    ],
    [
      'a file of a server behind a path',
      'https://gpu.example.org/comfy/view?filename=a.png',
      'possible',
      'https://gpu.example.org/view?filename=a.png&subfolder=&type=output',
    ],
  ])('%s', (_form, typed, confidence, reference) => {
    expect(recognise(typed)).toEqual({ confidence, reference });
  });

  test.each([
    ['a shorter id', ID.slice(1)],
    ['a blank at the end', `${ID} `],
    ['another page of a server', `${HOME}/system_stats`],
    ['the whole history', `${HOME}/history`],
    ['a path in the id', `${HOME}/history/${ID}/..%2f..`],
    ['an id that is none', `${HOME}/api/jobs/${'-'.repeat(36)}`],
    ['no file', `${HOME}/view?type=output`],
    ['a control character in the name', `${HOME}/view?filename=a%00b.png`],
    ['a user in the link', `http://me@127.0.0.1:8188/view?filename=a.png`],
    ['another scheme', `file:///view?filename=a.png`],
  ])('no reference: %s', (_form, typed) => {
    expect(recognise(typed)).toBeUndefined();
  });

  test('a file keeps what a person could have meant by its name', () => {
    const file = { filename: '../x&y=é.png', subfolder: 'a/../b', type: 'output' };
    const found = recognise(`${HOME}/view?${new URLSearchParams(file)}`);
    expect(readReference(found!.reference)).toEqual({ kind: 'file', origin: HOME, file });
  });
});
