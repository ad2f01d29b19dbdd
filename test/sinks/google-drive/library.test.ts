import { describe, expect, test } from '@jest/globals';
import descriptor from '../../../sinks/google-drive/index.js';

/** The deep path is private by convention: an upgrade of the package that moves it must be seen here, not by users. */
describe('the googleapis library', () => {
  test('has its Drive client and its OAuth clients at the deep path', async () => {
    const library = await import('googleapis/build/src/apis/drive/index.js');
    expect(typeof library.drive).toBe('function');
    expect(typeof library.auth.OAuth2).toBe('function');
    expect(typeof library.auth.JWT).toBe('function');
    const { files, about } = library.drive({ version: 'v3' });
    for (const method of [files.get, files.list, files.create, files.update, files.generateIds, about.get]) {
      expect(typeof method).toBe('function');
    }
  });

  test('passes unknown parameters of the authorization address on, as the Picker needs it', async () => {
    const { auth } = await import('googleapis/build/src/apis/drive/index.js');
    const client = new auth.OAuth2({ clientId: 'id' });
    const url = new URL(client.generateAuthUrl({ scope: 'a', trigger_onepick: 'true' } as never));
    expect(url.searchParams.get('trigger_onepick')).toBe('true');
  });

  test('is not what the descriptor costs', () => {
    expect(descriptor.name).toBe('google-drive');
    expect(descriptor.signsIn).toBe(true);
    expect(descriptor.capabilities.reserves).toBe(true);
  });
});
