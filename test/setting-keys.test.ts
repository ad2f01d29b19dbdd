import { describe, expect, test } from '@jest/globals';
import { createRegistry } from '../src/registry.js';
import { credentialKeys, settingKeys } from '../src/setting-keys.js';
import { testCredentials, testSink, testSource } from './support/plugins.js';

const registry = createRegistry([
  testSource('imgur', { options: [{ name: 'wait', type: 'string', description: 'how long' }] }),
  testSource('dalle2'),
  testSink('local-filesystem'),
  testSink('google-drive', {
    options: [
      { name: 'scope', type: 'string', choices: ['drive.file', 'drive'], description: 'what it may see' },
      { name: 'browser', type: 'boolean', description: 'whether one is opened' },
    ],
  }),
]);

const keys = settingKeys(registry);

function parse(key: string, text: string): unknown {
  const found = keys.find((setting) => setting.key === key);
  if (found === undefined) throw new Error(`there is no ${key}`);
  return found.parse(text);
}

describe('a setting', () => {
  test('is one of the program or of a plugin, each once and with its description', () => {
    expect(keys.map(({ key }) => key)).toEqual(
      expect.arrayContaining([
        'source',
        'sink',
        'proxy',
        'cacert',
        'userAgent',
        'plugins',
        'limits.answerBytes',
        'limits.itemBytes',
        'imgur.baseUrl',
        'imgur.wait',
        'dalle2.baseUrl',
        'google-drive.scope',
        'google-drive.browser',
      ]),
    );
    expect(new Set(keys.map(({ key }) => key)).size).toBe(keys.length);
    expect(keys.filter(({ key }) => key.startsWith('google-drive.baseUrl'))).toEqual([]);
    for (const { description } of keys) expect(description).not.toBe('');
  });

  test('of a source that has one, the token’s key is known', () => {
    const { credentials } = testSource('replicate', { credentials: testCredentials });
    const named = testSource('other', { credentials: { ...credentials!, name: 'clientId' } });
    const others = createRegistry([
      testSource('demo'),
      testSource('replicate', { credentials: testCredentials }),
      named,
    ]);
    expect(credentialKeys(others)).toEqual(['replicate.token', 'other.clientId']);
  });

  test.each([
    ['source', 'imgur', 'imgur'],
    ['sink', 'google-drive', 'google-drive'],
    ['proxy', 'http://127.0.0.1:3128', 'http://127.0.0.1:3128'],
    ['cacert', '~/ca.pem', '~/ca.pem'],
    ['plugins', ' ./a.js , b ,', ['./a.js', 'b']],
    ['limits.answerBytes', '1048576', 1_048_576],
    ['imgur.baseUrl', 'https://elsewhere.example/api', 'https://elsewhere.example/api'],
    ['imgur.wait', '300', '300'],
    ['google-drive.scope', 'drive', 'drive'],
    ['google-drive.browser', 'no', false],
    ['google-drive.browser', 'TRUE', true],
    ['google-drive.browser', 'off', false],
  ])('%s takes %j as %j', (key, text, value) => {
    expect(parse(key, text)).toEqual(value);
  });

  test.each([
    ['source', 'google-drive'],
    ['sink', 'imgur'],
    ['proxy', 'socks5://127.0.0.1:1080'],
    ['proxy', '127.0.0.1'],
    ['limits.itemBytes', '0'],
    ['limits.itemBytes', '-5'],
    ['limits.itemBytes', '1.5'],
    ['limits.itemBytes', ''],
    ['limits.itemBytes', 'many'],
    ['imgur.baseUrl', 'elsewhere'],
    ['imgur.baseUrl', 'file:///etc/passwd'],
    ['google-drive.scope', 'everything'],
    ['google-drive.browser', 'perhaps'],
  ])('%s does not take %j', (key, text) => {
    expect(() => parse(key, text)).toThrow(expect.objectContaining({ code: 'E_USAGE' }));
  });
});
