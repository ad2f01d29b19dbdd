import { defineSource } from '../../src/plugin.js';
import { recognise } from './reference.js';
import { DEFAULT_API } from './settings.js';
import { checkToken } from './token.js';

/** Happy Accidents, through the API of its own web application. The service closed in May 2024. */
export default defineSource({
  name: 'happy-accidents',
  title: 'Happy Accidents',
  description: 'the whole gallery, inferences and single images of Happy Accidents, with their models',
  references: 'the id of an inference or of an image (both are UUIDs; in some records inf-… and img-…)',
  baseUrl: DEFAULT_API,
  credentials: {
    name: 'token',
    label: 'Happy Accidents token',
    howTo:
      "Sign in, open the browser's developer tools, choose a request to /v1/inferences in the Network tab and copy what stands behind 'Bearer' in its Authorization header. The whole cookie supabase-auth-token will do too.",
    required: true,
    check: checkToken,
    header: { name: 'authorization', prefix: 'Bearer ' },
  },
  options: [
    { name: 'page-size', type: 'string', description: 'inferences that are asked for at once (default 100)' },
    { name: 'start-page', type: 'string', description: 'the page of the gallery to begin with (from 0, default 0)' },
    {
      name: 'tr',
      type: 'string',
      description: "ImageKit's transformation (default orig-true, the stored original; empty for none)",
    },
    {
      name: 'image-base-url',
      type: 'string',
      description: 'where the images are (default https://ik.imagekit.io/hb42m9hh0)',
    },
  ],
  // The images come from a content delivery network.
  capabilities: { all: true, concurrency: 16 },
  layout: {
    name: 'happy-accidents',
    description: "as the gallery's original downloader wrote it: <image>.png, <image>_metadata.json, models/",
    load: async () => (await import('./layout.js')).default,
  },
  importer: {
    files: ['config.ini', 'auth_token.txt'],
    load: async () => (await import('./importer.js')).default,
  },
  recognise,
  load: async () => (await import('./client.js')).default,
});
