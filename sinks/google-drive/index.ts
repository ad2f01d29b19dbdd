import { defineSink } from '../../src/plugin.js';

/** Google Drive: folders that the program made, that the person picked for it, or, with `--scope drive`, any folder. */
export default defineSink({
  name: 'google-drive',
  title: 'Google Drive',
  description: 'a folder of Google Drive, reached through a Cloud project of your own',
  destinations: 'a folder id, the address of a folder, root, or nothing for a folder albaretto in My Drive',
  arguments: [
    {
      name: '[<credentials.json>]',
      description:
        'the OAuth client (or service account key) of your Cloud project; remembered after the first sign-in',
    },
  ],
  options: [
    {
      name: 'scope',
      type: 'string',
      description:
        'what Google is asked for: drive.file (what albaretto made or you picked, the default) or drive (all)',
      choices: ['drive.file', 'drive'],
    },
    { name: 'no-browser', type: 'boolean', description: 'print the sign-in address and take the redirect address' },
    {
      name: 'port',
      type: 'string',
      description: 'the port of 127.0.0.1 on which the sign-in ends (default: a free one)',
    },
    {
      name: 'credentials',
      type: 'string',
      description: 'the path of credentials.json, where none stands as an argument',
    },
  ],
  terms: {
    note: "What you store in Google Drive must keep to Google's program policies.",
    url: 'https://support.google.com/docs/answer/148505',
  },
  capabilities: {
    atomicReplace: true,
    digests: ['sha256', 'md5'],
    // Drive documents no limit; this one lets every file be downloaded to an ordinary disk again.
    longestName: 255,
    uniqueNames: false,
    caseSensitive: true,
    concurrency: 4,
    reserves: true,
    // Google publishes no limit for new files; rclone's users and author measured 2 to 3 a second for one account
    // (https://rclone.org/drive/#limitations). The ceiling is rclone's own pace.
    pace: { start: 3, burst: 10, floor: 0.5, ceiling: 10 },
  },
  signsIn: true,
  load: async () => (await import('./sink.js')).default,
});
