import { describe, test } from '@jest/globals';
import descriptor from '../../../sinks/google-drive/index.js';
import { type SinkHarness, type StoredFile, sinkContract } from '../../contract/sink-contract.js';
import type { StoredFile as DriveFile, FakeGoogle } from '../../fakes/google/index.js';
import { useGoogle, type World } from './support.js';

const world = useGoogle();

describe('a folder of Google Drive as a sink', () => {
  sinkContract({
    test,
    makeSink: () => makeSink(world),
    capabilities: descriptor.capabilities,
    has: true,
    inspect: true,
    read: true,
  });
});

async function makeSink({ google, signedIn, user }: World): Promise<SinkHarness> {
  const { sink } = await signedIn({ scope: 'drive' });
  const destination = google.addFolder({ name: 'Pictures', owner: user }).id;
  return { sink, destination, files: async () => filesBelow(google, destination) };
}

/** What a person sees in the folder; the trash is elsewhere. */
function filesBelow(google: FakeGoogle, id: string, above: readonly string[] = []): StoredFile[] {
  const isFolder = (file: DriveFile) => file.mimeType === 'application/vnd.google-apps.folder';
  return google
    .children(id)
    .filter((file) => !file.explicitlyTrashed)
    .flatMap((file) =>
      isFolder(file)
        ? filesBelow(google, file.id, [...above, file.name])
        : [
            {
              name: file.name,
              bytes: file.content ?? new Uint8Array(0),
              folder: above.join('/'),
              modifiedAt: new Date(file.modifiedTime),
            },
          ],
    );
}
