import { describe, expect, test } from '@jest/globals';
import descriptor from '../../../sinks/google-drive/index.js';
import { createOAuthClient, loadLibrary } from '../../../sinks/google-drive/library.js';

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

  test('leaves nothing of a request on its error, and does not look through the body for that', async () => {
    const refuse = async () => new Response('{"error":{"code":503}}', { status: 503 });
    const library = await loadLibrary();
    const client = createOAuthClient(library, { http: { fetch: refuse } } as never);
    const body = Buffer.alloc(1_000_000);
    let looks = 0;
    body.forEach = () => {
      looks += 1;
    };
    const sent = client.transporter.request({
      method: 'PUT',
      url: 'https://www.googleapis.com/upload?upload_id=SECRET',
      headers: { Authorization: 'Bearer SECRET' },
      data: body,
    });
    const error = await sent.then(
      () => undefined,
      (thrown: { config: unknown; response: { config: unknown } }) => thrown,
    );
    expect(error).toMatchObject({ status: 503 });
    for (const config of [error!.config, error!.response.config]) {
      const { url, headers, ...rest } = config as { url: URL; headers: Headers };
      expect([url.href, headers.get('authorization')]).toEqual(['https://www.googleapis.com/upload', null]);
      expect(rest).not.toHaveProperty('data');
      expect(rest).not.toHaveProperty('body');
    }
    expect(looks).toBe(0);
  });

  test('is not what the descriptor costs', () => {
    expect(descriptor.name).toBe('google-drive');
    expect(descriptor.signsIn).toBe(true);
    expect(descriptor.capabilities.reserves).toBe(true);
  });
});
