import { defineSource } from '../../src/plugin.js';
import { checkKey } from './key.js';
import { recognise } from './reference.js';

/** OpenAI's Responses and Conversations APIs: https://platform.openai.com/docs/api-reference/responses */
export default defineSource({
  name: 'openai',
  title: 'OpenAI',
  description:
    'pictures that responses and conversations of the OpenAI API hold, by their ids; there is no list of them',
  references:
    'a response (resp_…), a conversation (conv_…), one picture of either (resp_…/ig_…, conv_…/ig_…) or a platform.openai.com/logs/ link',
  baseUrl: 'https://api.openai.com/v1',
  credentials: {
    name: 'token',
    label: 'OpenAI API key',
    environment: ['OPENAI_API_KEY'],
    howTo:
      'Sign in at platform.openai.com, choose the project that made the pictures, open API keys and create one that may read responses: it begins with sk-.',
    required: true,
    check: checkKey,
    header: { name: 'authorization', prefix: 'Bearer ' },
  },
  terms: {
    note: "OpenAI's terms say what may be done with outputs, and its usage policies what may be made.",
    url: 'https://openai.com/policies/services-agreement/',
  },
  options: [
    { name: 'chain', type: 'boolean', description: 'with a response, those that it goes on from, too; newest first' },
    {
      name: 'wait',
      type: 'string',
      description: 'seconds that a response still being made is waited for (default 300)',
    },
  ],
  capabilities: { all: false, concurrency: 4 },
  recognise,
  load: async () => (await import('./client.js')).default,
});
