import { defineSource } from '../../src/plugin.js';
import { recognise } from './reference.js';
import { checkToken } from './token.js';

/** OpenAI's DALL·E 2 Labs, through the API of its own web application. */
export default defineSource({
  name: 'dalle2',
  title: 'DALL·E 2',
  description: "tasks, single generations and the whole history of OpenAI's DALL·E 2 Labs",
  references:
    'a task id (task-…, with or without the prefix), a generation id (generation-…) or a labs.openai.com/s/ link',
  baseUrl: 'https://labs.openai.com/api/labs',
  credentials: {
    name: 'token',
    label: 'DALL·E 2 session token',
    howTo:
      "Sign in at labs.openai.com, open the browser's developer tools, choose a request to /api/labs/tasks in the Network tab and copy what stands behind 'Bearer' in its Authorization header: it begins with sess-.",
    required: true,
    check: checkToken,
    header: { name: 'authorization', prefix: 'Bearer ' },
  },
  terms: {
    note: "OpenAI's terms may not allow programs to read this service.",
    url: 'https://openai.com/policies/terms-of-use',
  },
  options: [
    { name: 'wait', type: 'string', description: 'seconds that a task still being made is waited for (default 300)' },
  ],
  capabilities: { all: true, concurrency: 16 },
  recognise,
  load: async () => (await import('./client.js')).default,
});
