import { defineSource } from '../../src/plugin.js';
import { checkKey } from './key.js';
import { recognise } from './reference.js';

/** A ComfyUI server of one's own, or Comfy Cloud where the base URL is that service's. */
export default defineSource({
  name: 'comfyui',
  title: 'ComfyUI',
  description: 'the jobs of a ComfyUI server, with their workflows: on your own machine, or Comfy Cloud',
  references: "a prompt id (a UUID), or a link to a server's /view?filename=…, /history/<id> or /api/jobs/<id>",
  baseUrl: 'http://127.0.0.1:8188',
  credentials: {
    name: 'token',
    label: 'Comfy Cloud API key',
    environment: ['COMFY_CLOUD_API_KEY'],
    howTo:
      "Only Comfy Cloud wants one; a server of your own does not. Sign in at platform.comfy.org, choose 'API Keys', make one with '+ New' and copy it: it is shown once.",
    required: false,
    check: checkKey,
    header: { name: 'x-api-key', prefix: '' },
  },
  options: [
    { name: 'wait', type: 'string', description: 'seconds that a job still running is waited for (default 300)' },
    { name: 'previews', type: 'boolean', description: "also what lies in the server's temp folder: previews" },
    {
      name: 'header',
      type: 'string',
      description: "a header that a proxy before the server asks for: 'Name: value'",
      secret: true,
    },
    { name: 'cloud', type: 'boolean', description: 'the base URL speaks as Comfy Cloud does (known for its own host)' },
  ],
  capabilities: { all: true, concurrency: 8 },
  recognise,
  load: async () => (await import('./client.js')).default,
});
