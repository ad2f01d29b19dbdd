import { describe, expect, test } from '@jest/globals';
import { readReference, recognise } from '../../../sources/civitai/reference.js';

describe('references', () => {
  test.each([
    ['a workflow of the site', '1234567-20261120093012345', 'certain', '1234567-20261120093012345'],
    [
      'a workflow with a UUID',
      '0-0192f3a4-1111-7222-8333-9a9b9c9d9e9f',
      'certain',
      '0-0192f3a4-1111-7222-8333-9a9b9c9d9e9f',
    ],
    [
      'a workflow as the reference describes it',
      'wf_01JD3K2M4N5P6Q7R8S9T0V1W2X',
      'certain',
      'wf_01JD3K2M4N5P6Q7R8S9T0V1W2X',
    ],
    ['an image’s page', 'https://civitai.com/images/80000001', 'certain', 'image-80000001'],
    ['the same with a query', 'https://civitai.com/images/80000001?period=AllTime#c', 'certain', 'image-80000001'],
    ['the same at the red site', 'https://civitai.red/images/80000001/', 'certain', 'image-80000001'],
    ['a post’s page', 'http://www.civitai.com/posts/9000001', 'certain', 'post-9000001'],
    ['a post’s page with a name behind it', 'https://civitai.com/posts/9000001/ferns', 'certain', 'post-9000001'],
    ['the page of the generator', 'https://civitai.com/generate', 'certain', 'generate'],
    [
      'a workflow’s address in the API',
      'https://orchestration.civitai.com/v2/consumer/workflows/1234567-20261120093012345',
      'certain',
      '1234567-20261120093012345',
    ],
    [
      'the same with a slash',
      'https://orchestration.civitai.com/v2/consumer/workflows/wf_01JD3K2M4N5P6Q7R8S9T0V1W2X/',
      'certain',
      'wf_01JD3K2M4N5P6Q7R8S9T0V1W2X',
    ],
    ['an image’s page without its scheme', 'civitai.com/images/80000001', 'certain', 'image-80000001'],
    ['a result', 'DGMCSGH2T6QHSA7QDJK6VZHKCS.jpeg', 'certain', 'DGMCSGH2T6QHSA7QDJK6VZHKCS.jpeg'],
    ['an image by its number', '80000001', 'if-chosen', 'image-80000001'],
    ['an image as tasks are called', 'image-80000001', 'possible', 'image-80000001'],
    ['a post as tasks are called', 'post-9000001', 'possible', 'post-9000001'],
  ])('%s', (_form, typed, confidence, reference) => {
    expect(recognise(typed)).toEqual({ confidence, reference });
  });

  test.each([
    ['another page of the site', 'https://civitai.com/models/4201'],
    ['a page below the generator’s', 'https://civitai.com/generate/x'],
    ['a result’s name with a path', 'x/DGMCSGH2T6QHSA7QDJK6VZHKCS.jpeg'],
    ['something else of the API', 'https://orchestration.civitai.com/v2/consumer/blobs/x'],
    ['another host', 'https://civitai.com.example.org/images/1'],
    ['the host as a user name', 'https://civitai.com@example.org/images/1'],
    ['a file of the network', 'https://image.civitai.com/xG1nkqKTMzGDvpLrqFT7WA/1/original=true/1.jpeg'],
    ['a path in the number', 'https://civitai.com/images/..%2f..'],
    ['another port', 'https://civitai.com:8443/images/1'],
    ['a number that is none', 'image-01'],
    ['a number that nobody can count to', '1234567890123456'],
    ['a time in another century', '1234567-19991120093012345'],
    ['a path in the id', 'wf_01JD3K/../x'],
    ['a line break at the end', '1234567-20261120093012345\n'],
  ])('no reference: %s', (_form, typed) => {
    expect(recognise(typed)).toBeUndefined();
  });

  test('are read as what they name', () => {
    expect(readReference('image-5')).toEqual({ kind: 'image', id: '5' });
    expect(readReference('post-5')).toEqual({ kind: 'post', id: '5' });
    expect(readReference('generate').kind).toBe('list');
    expect(readReference('DGMCSGH2T6QHSA7QDJK6VZHKCS.jpeg').kind).toBe('result');
    expect(readReference('wf_01JD3K2M')).toEqual({ kind: 'workflow', id: 'wf_01JD3K2M' });
  });
});
