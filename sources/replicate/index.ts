import { defineSource } from '../../src/plugin.js';
import { recognise } from './reference.js';
import { checkToken } from './token.js';

/** Replicate, through its HTTP API: https://replicate.com/docs/reference/http */
export default defineSource({
  name: 'replicate',
  title: 'Replicate',
  description: 'predictions and the whole list of predictions of Replicate, with the files of their outputs',
  references: 'a prediction id (26 lower-case letters and digits) or a replicate.com/p/ link',
  baseUrl: 'https://api.replicate.com/v1',
  credentials: {
    name: 'token',
    label: 'Replicate API token',
    environment: ['REPLICATE_API_TOKEN'],
    howTo:
      'Sign in at replicate.com, open replicate.com/account/api-tokens, and create or copy a token: it begins with r8_.',
    required: true,
    check: checkToken,
    header: { name: 'authorization', prefix: 'Bearer ' },
  },
  terms: {
    note: "What may be done with an output depends on its model's license, and on Replicate's terms.",
    url: 'https://replicate.com/terms',
  },
  options: [
    {
      name: 'wait',
      type: 'string',
      description: 'seconds that a prediction still being made is waited for (default 300)',
    },
    {
      name: 'file-hosts',
      type: 'string',
      description: 'further hosts whose links in an output are files, with commas between them',
    },
  ],
  capabilities: { all: true, concurrency: 16 },
  recognise,
  load: async () => (await import('./client.js')).default,
});
