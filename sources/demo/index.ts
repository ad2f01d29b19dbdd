import { defineSource } from '../../src/plugin.js';

/** Four sample generations that ship with the program: to try everything without an account and without a network. */
export default defineSource({
  name: 'demo',
  title: 'Demo',
  description: 'four sample generations that ship with albaretto; no account, no network',
  references: "'demo'",
  baseUrl: 'https://demo.invalid',
  capabilities: { all: true, concurrency: 4 },
  recognise: (reference) => (reference === 'demo' ? { confidence: 'certain', reference } : undefined),
  load: async () => (await import('./client.js')).default,
});
