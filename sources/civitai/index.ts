import { defineSource } from '../../src/plugin.js';
import { checkKey } from './key.js';
import { recognise } from './reference.js';

/** Civitai: one's own generations by the orchestration API, and published pictures by the API of the site. */
export default defineSource({
  name: 'civitai',
  title: 'Civitai',
  description: 'your own generations, and published images and posts',
  references: 'a workflow id (1234567-2026…, wf_…), a link to civitai.com/images/… or /posts/…, or image-… and post-…',
  baseUrl: 'https://orchestration.civitai.com',
  credentials: {
    name: 'token',
    label: 'Civitai API key',
    environment: ['CIVITAI_API_KEY'],
    howTo:
      "Sign in at civitai.com, open the account settings (civitai.com/user/account), choose 'Add API key' under 'API Keys' and copy it: it is shown once. Published images and posts need none.",
    required: true,
    check: checkKey,
    header: { name: 'authorization', prefix: 'Bearer ' },
  },
  terms: {
    note: "Civitai's terms may not allow programs to collect what others published.",
    url: 'https://civitai.com/content/tos',
  },
  options: [
    { name: 'wait', type: 'string', description: 'seconds that a workflow still running is waited for (default 300)' },
    { name: 'mature', type: 'boolean', description: 'also generations that are rated mature, which the list hides' },
    {
      name: 'site-url',
      type: 'string',
      description: 'where published images are looked up (default https://civitai.com)',
    },
  ],
  capabilities: { all: true, concurrency: 8 },
  recognise,
  load: async () => (await import('./client.js')).default,
});
