import { describe, expect, test } from '@jest/globals';
import { parseNamedServer } from '../src/named-server.js';
import { pluginOptions } from '../src/plugin-options.js';
import { createRegistry } from '../src/registry.js';
import type { ParsedOptions } from '../src/runtime.js';
import { testSink, testSource } from './support/plugins.js';

const header = { name: 'header', type: 'string', description: 'a header' } as const;
const kiln = testSource('kiln', { baseUrl: 'http://127.0.0.1:9000', options: [header] });
const oven = testSource('oven', { options: [header] });
const drive = testSink('drive', { options: [header] });
const plain = createRegistry([kiln, oven, drive]);
const studio = parseNamedServer('studio', 'kiln http://10.0.0.5:9000', plain);
const attic = parseNamedServer('attic', 'kiln http://10.0.0.6:9000', plain);
const registry = createRegistry([kiln, oven, drive, studio, attic]);

const settings: Readonly<Record<string, unknown>> = { 'attic.header': 'X-Attic: 1' };
const config = { environment: {}, settings: { get: (key: string) => settings[key] } } as never;

/** Those that the option of the command line reaches. */
function reached(defaults: ParsedOptions): string[] {
  const all = [...registry.sources, ...registry.sinks];
  const own = (plugin: (typeof all)[number]) => pluginOptions(plugin, { config, defaults, registry }, {}).header;
  return all.filter((plugin) => own(plugin) === defaults.header).map(({ name }) => name);
}

describe('an option of the command line', () => {
  test('is for the plugins that have it, and for no named server', () => {
    expect(reached({ header: 'X-Secret: 1' })).toEqual(['kiln', 'oven', 'drive']);
    expect(reached({ header: 'X-Secret: 1', source: 'kiln' })).toEqual(['kiln', 'oven', 'drive']);
  });

  test('is for the named server that the program was started with, and not for its kind', () => {
    expect(reached({ header: 'X-Secret: 1', source: 'studio' })).toEqual(['oven', 'studio', 'drive']);
  });

  test('leaves what is configured to those that it is not for', () => {
    const runtime = { config, defaults: { header: 'X-Secret: 1' }, registry };
    expect(pluginOptions(attic, runtime, {})).toEqual({ header: 'X-Attic: 1' });
  });
});
