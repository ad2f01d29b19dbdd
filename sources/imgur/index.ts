import { defineSource } from '../../src/plugin.js';
import { checkCredential, headerOf } from './credential.js';
import { recognise } from './reference.js';

/** Imgur, through its documented API: https://apidocs.imgur.com */
export default defineSource({
  name: 'imgur',
  title: 'Imgur',
  description: 'albums, gallery posts and single images of Imgur, and all albums of your own account',
  references:
    'the address of an album, a post or an image (imgur.com/a/…, imgur.com/gallery/…, i.imgur.com/….jpg), an id of 5 or 7 letters and digits, or album:ID and image:ID',
  baseUrl: 'https://api.imgur.com',
  credentials: {
    name: 'clientId',
    label: 'Imgur Client-ID or access token',
    howTo:
      "Sign in at imgur.com, register an application at api.imgur.com/oauth2/addclient and copy its Client ID (15 hexadecimal digits): it reads everything that has an address. Your own account's lists need an access token (40 hexadecimal digits) instead.",
    required: true,
    check: checkCredential,
    header: headerOf,
  },
  terms: {
    note: "Imgur's terms bind what programs do with its API, and forbid taking what is not yours to take.",
    url: 'https://imgur.com/tos',
  },
  options: [
    {
      name: 'animated',
      type: 'string',
      choices: ['original', 'mp4', 'both'],
      description: 'what is fetched of a moving GIF: the GIF itself, its MP4 form, or both (default mp4)',
    },
  ],
  capabilities: { all: true, concurrency: 8 },
  layout: {
    name: 'imgur-archive',
    description: 'a folder for each album, with its order and descriptions, as Imgur-archive writes them',
    load: async () => (await import('./layout.js')).default,
  },
  importer: {
    files: ['.api_secrets.json', 'links.txt', 'config.py'],
    load: async () => (await import('./importer.js')).default,
  },
  recognise,
  load: async () => (await import('./client.js')).default,
});
