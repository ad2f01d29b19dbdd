import { describe, expect, test } from '@jest/globals';
import { createRegistry } from '../src/registry.js';
import { testSink, testSource } from './support/plugins.js';

describe('the registry', () => {
  const registry = createRegistry([
    testSource('imgur'),
    testSink('folder'),
    testSource('demo'),
    testSink('google-drive'),
  ]);

  test('finds plugins by name and by kind, in their order', () => {
    expect(registry.sources.map(({ name }) => name)).toEqual(['imgur', 'demo']);
    expect(registry.sinks.map(({ name }) => name)).toEqual(['folder', 'google-drive']);
    expect(registry.source('demo').name).toBe('demo');
    expect(registry.sink('google-drive').name).toBe('google-drive');
    expect(registry.findSource('google-drive')).toBeUndefined();
    expect(registry.findSink('demo')).toBeUndefined();
  });

  test('names the known ones when it is asked for another', () => {
    expect(() => registry.source('imgru')).toThrow("there is no source 'imgru'");
    expect(() => registry.sink('demo')).toThrow("there is no sink 'demo'");
    for (const name of ['', 'toString', '__proto__', 'Imgur']) expect(registry.findSource(name)).toBeUndefined();
    try {
      registry.sink('x');
    } catch (thrown) {
      expect(thrown).toMatchObject({ code: 'E_USAGE', hint: 'the sinks are folder, google-drive' });
    }
  });

  test('takes no two plugins of one name, of whatever kinds', () => {
    expect(() => createRegistry([testSource('imgur'), testSource('imgur')])).toThrow('two plugins are called imgur');
    expect(() => createRegistry([testSource('imgur'), testSink('imgur')])).toThrow('two plugins are called imgur');
  });

  test.each(['', 'Imgur', 'im gur', 'imgur:', '-imgur', 'imgur-', 'im--gur', '1imgur', '../imgur', 'imgur\u001b'])(
    'takes no plugin whose name is %j: commands could not take it',
    (name) => {
      expect(() => createRegistry([testSource(name)])).toThrow('lower case letters, digits and dashes');
    },
  );
});
