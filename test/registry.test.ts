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

  test('takes no two sources and no two sinks of one name', () => {
    const sources = [testSource('imgur'), testSink('imgur'), testSource('imgur')];
    expect(() => createRegistry(sources)).toThrow('two sources are called imgur');
    expect(() => createRegistry([testSink('folder'), testSink('folder')])).toThrow('two sinks are called folder');
  });

  test('lets a source and a sink have one name: a folder is both', () => {
    const [source, sink] = [testSource('folder'), testSink('folder')];
    for (const plugins of [
      [source, sink],
      [sink, source],
    ]) {
      const both = createRegistry(plugins);
      expect([both.source('folder'), both.sink('folder')]).toEqual([source, sink]);
    }
  });

  test.each(['', 'Imgur', 'im gur', 'imgur:', '-imgur', 'imgur-', 'im--gur', '1imgur', '../imgur', 'imgur\u001b'])(
    'takes no plugin whose name is %j: commands could not take it',
    (name) => {
      expect(() => createRegistry([testSource(name)])).toThrow('lower case letters, digits and dashes');
    },
  );
});
