import { defineSource } from '../../src/plugin.js';
import { recognise } from './reference.js';

/** Folders of this machine: archives that this or another program made, and pictures of any origin. */
export default defineSource({
  name: 'local-filesystem',
  title: 'local file system',
  description: 'a folder on this machine: an archive with its records, or plain pictures',
  references: 'the path of a folder (./output, ../output, ~/Pictures, /srv/archive, C:\\archive) or a file: URL',
  // There is no service; nothing is ever asked of this name, which is reserved for that (RFC 2606, section 2).
  baseUrl: 'https://albaretto.invalid',
  capabilities: { all: false, concurrency: 8, folders: true },
  recognise: (reference) => recognise(reference),
  load: async () => (await import('./client.js')).default,
});
