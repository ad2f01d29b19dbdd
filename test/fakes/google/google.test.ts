/** Google's own client library, with its stock addresses, as a second client that knows nothing of the fake. */

import { createHash, randomBytes } from 'node:crypto';
import * as http from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { drive, type drive_v3, auth as googleAuth } from 'googleapis/build/src/apis/drive/index.js';
import { HttpsProxyAgent } from 'hpagent';
import { type Certificates, createCertificates } from '../certificates.js';
import { type LoopbackProxy, startProxy } from '../proxy.js';
import { type ClientSecrets, createFakeGoogle, type FakeGoogle, type User } from './index.js';

type OAuth2Client = InstanceType<typeof googleAuth.OAuth2>;

let google: FakeGoogle;
let user: User;
let secrets: ClientSecrets;
let certificates: Certificates;
let proxy: LoopbackProxy;
let agent: HttpsProxyAgent;

beforeEach(async () => {
  google = createFakeGoogle();
  user = google.addUser();
  secrets = google.addClient().installed;
  certificates = await createCertificates();
  proxy = await startProxy({ hosts: google.routes, certificates });
  agent = new HttpsProxyAgent({ proxy: proxy.url, ca: certificates.ca });
});

afterEach(async () => {
  agent.destroy();
  await proxy.close();
  certificates.close();
});

function newAuth(): OAuth2Client {
  const { client_id: clientId, client_secret: clientSecret } = secrets;
  return new googleAuth.OAuth2({ clientId, clientSecret, transporterOptions: { agent } });
}

function newDrive(scope = 'drive.file'): drive_v3.Drive {
  const auth = newAuth();
  auth.setCredentials(google.grant({ client: secrets.client_id, scope }));
  return drive({ version: 'v3', auth, agent });
}

const refusal = (status: number, reason: string) => ({ status, cause: { errors: [{ reason }] } });

describe('the whole login', () => {
  /** A loopback listener as a program has it; answers its address and the query that it is sent. */
  async function listen(): Promise<{ address: string; query: Promise<URLSearchParams>; close(): Promise<unknown> }> {
    const server = http.createServer();
    const query = new Promise<URLSearchParams>((resolve) => {
      server.on('request', (request, response) => {
        response.end('You may close this page.');
        resolve(new URL(request.url ?? '/', 'http://x').searchParams);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    return { address, query, close: () => new Promise((resolve) => server.close(resolve)) };
  }

  test('with PKCE and a picked folder ends in an upload into that folder', async () => {
    const folder = google.addFolder({ name: 'made by hand' });
    const listener = await listen();
    const auth = newAuth();
    const { codeVerifier, codeChallenge } = await auth.generateCodeVerifierAsync();
    const url = auth.generateAuthUrl({
      access_type: 'offline',
      prompt: 'consent',
      scope: 'https://www.googleapis.com/auth/drive.file',
      state: 'secret-state',
      redirect_uri: listener.address,
      code_challenge: codeChallenge!,
      code_challenge_method: 'S256' as never,
      trigger_onepick: 'true',
      allow_folder_selection: 'true',
      file_ids: folder.id,
    } as never);
    expect((await google.signIn(url, { pick: [folder.id] }).follow()).body).toBe('You may close this page.');
    const query = await listener.query;
    expect([query.get('state'), query.get('picked_file_ids')]).toEqual(['secret-state', folder.id]);

    const { tokens } = await auth.getToken({
      code: query.get('code')!,
      codeVerifier,
      redirect_uri: listener.address,
    });
    auth.setCredentials(tokens);
    const { data } = await drive({ version: 'v3', auth, agent }).files.create({
      requestBody: { name: 'a.txt', parents: [folder.id] },
      media: { mimeType: 'text/plain', body: 'text' },
    });
    expect(google.children(folder.id)).toMatchObject([{ id: data.id, name: 'a.txt', mimeType: 'text/plain' }]);
    await auth.revokeToken(tokens.refresh_token!);
    await expect(drive({ version: 'v3', auth, agent }).files.list()).rejects.toMatchObject({ status: 401 });
    await listener.close();
    expect(proxy.refused).toEqual([]);
  });

  test('refreshes a token that ran out, once for calls at the same time', async () => {
    const auth = newAuth();
    auth.setCredentials(google.grant({ client: secrets.client_id, accessTokenLifetime: -1 }));
    const api = drive({ version: 'v3', auth, agent });
    await Promise.all([api.files.list(), api.files.list(), api.files.list()]);
    expect(google.requestsTo('POST', /^\/token/)).toHaveLength(1);
  });

  test('a revoked consent is invalid_grant', async () => {
    const auth = newAuth();
    auth.setCredentials(google.grant({ client: secrets.client_id, accessTokenLifetime: -1 }));
    google.revokeGrant(user, google.clientOf(secrets.client_id).project);
    await expect(drive({ version: 'v3', auth, agent }).files.list()).rejects.toThrow('invalid_grant');
  });
});

describe('files', () => {
  test('are made in folders with reserved ids and read back', async () => {
    const api = newDrive();
    const { data: reserved } = await api.files.generateIds({ count: 2 });
    const [folderId, fileId] = reserved.ids!;
    const mimeType = 'application/vnd.google-apps.folder';
    await api.files.create({ requestBody: { id: folderId!, name: 'albaretto', mimeType } });
    const bytes = randomBytes(200_000);
    const create = () =>
      api.files.create({
        requestBody: { id: fileId!, name: 'a.png', parents: [folderId!], appProperties: { key: 'value' } },
        media: { mimeType: 'image/png', body: Readable.from(bytes) },
        fields: 'id,size,sha256Checksum,webViewLink',
      });
    expect((await create()).data).toEqual({
      id: fileId,
      size: '200000',
      sha256Checksum: createHash('sha256').update(bytes).digest('hex'),
      webViewLink: expect.stringContaining(fileId!),
    });
    await expect(create()).rejects.toMatchObject(refusal(409, 'fileIdInUse'));

    const q = `'${folderId}' in parents and appProperties has { key='key' and value='value' }`;
    const found = await api.files.list({ q, fields: 'files(name)', orderBy: 'name' });
    expect(found.data).toEqual({ files: [{ name: 'a.png' }] });
    const back = await api.files.get({ fileId: fileId!, alt: 'media' }, { responseType: 'arraybuffer' });
    expect(Buffer.from(back.data as unknown as ArrayBuffer).equals(bytes)).toBe(true);
    await api.files.update({ fileId: folderId!, requestBody: { trashed: true } });
    expect((await api.files.get({ fileId: fileId!, fields: 'trashed' })).data.trashed).toBe(true);
  });

  test('of a folder that was not picked are refused with a reason the library shows', async () => {
    const folder = google.addFolder({ name: 'unpicked' });
    const create = newDrive().files.create({ requestBody: { name: 'x', parents: [folder.id] } });
    await expect(create).rejects.toMatchObject(refusal(403, 'insufficientParentPermissions'));
  });

  test('in a list come page after page', async () => {
    for (let index = 0; index < 25; index++) google.addFile({ name: `${index}` });
    const api = newDrive('drive');
    const names: string[] = [];
    for (let pageToken: string | undefined; ; ) {
      const { data }: { data: drive_v3.Schema$FileList } = await api.files.list({
        pageSize: 10,
        ...(pageToken === undefined ? {} : { pageToken }),
      });
      names.push(...data.files!.map(({ name }) => name!));
      if (!data.nextPageToken) break;
      pageToken = data.nextPageToken;
    }
    expect(names).toEqual(Array.from({ length: 25 }, (_, index) => `${index}`));
  });

  test('go up in a resumable session at the address that the fake answers', async () => {
    const auth = newAuth();
    auth.setCredentials(google.grant({ client: secrets.client_id }));
    const begun = await auth.request({
      method: 'POST',
      url: 'https://www.googleapis.com/upload/drive/v3/files?uploadType=resumable',
      data: { name: 'big' },
      agent,
    });
    const location = begun.headers.get('location')!;
    expect(location).toMatch(/^https:\/\/www\.googleapis\.com\/upload\/drive\/v3\/files\?.*upload_id=/);
    const chunk = randomBytes(256 * 1024);
    const accept = (status: number) => status < 400;
    const first = await auth.request({
      method: 'PUT',
      url: location,
      data: chunk,
      headers: { 'Content-Range': `bytes 0-${chunk.length - 1}/${chunk.length + 3}` },
      validateStatus: accept,
      agent,
    });
    expect([first.status, first.headers.get('range')]).toEqual([308, `bytes=0-${chunk.length - 1}`]);
    const headers = { 'Content-Range': `bytes ${chunk.length}-${chunk.length + 2}/${chunk.length + 3}` };
    await auth.request({ method: 'PUT', url: location, data: Buffer.from('end'), headers, agent });
    expect(google.files()[0]?.content?.subarray(-3).toString()).toBe('end');
  });
});

test('each host serves its own paths only', async () => {
  const auth = newAuth();
  auth.setCredentials(google.grant({ client: secrets.client_id }));
  for (const url of [
    'https://oauth2.googleapis.com/drive/v3/files',
    'https://www.googleapis.com/tokeninfo',
    'https://accounts.google.com/drive/v3/files',
  ]) {
    await expect(auth.request({ url, agent })).rejects.toMatchObject({ status: 404 });
  }
});
