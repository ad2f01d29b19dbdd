import { defineSink } from '../../src/plugin.js';

/** Folders of this machine, and whatever is mounted there. */
export default defineSink({
  name: 'local-filesystem',
  title: 'local file system',
  description: 'a folder on this machine',
  destinations: 'the path of a folder (made where it is missing), or nothing for the current folder',
  capabilities: {
    atomicReplace: true,
    digests: ['sha256'],
    // The limit of ext4, XFS, Btrfs and ZFS; NTFS and APFS count 255 characters, which is never fewer bytes.
    longestName: 255,
    uniqueNames: true,
    // By platform, because names are chosen before any folder is known. Folders that differ from their platform's custom
    // (a FAT stick on Linux, a case-sensitive volume on macOS) cost a second name or a mark that was not needed, no file.
    caseSensitive: process.platform !== 'darwin' && process.platform !== 'win32',
    concurrency: 16,
    reserves: false,
  },
  signsIn: false,
  load: async () => (await import('./sink.js')).default,
});
