/**
 * Debian's rclone as a client that knows nothing of this fake: what it does with the real Drive it must be able to do
 * here. It reaches the fake under Google's own host names, through the loopback proxy.
 */

import { type ExecFileException, execFile, spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type LoopbackProxy, startProxy } from '../proxy.js';
import { type ClientSecrets, createFakeGoogle, type FakeGoogle, type GrantedTokens, type User } from './index.js';

const installed = spawnSync('rclone', ['version']).status === 0;
const suite = installed ? describe : describe.skip;
// Jest names no test of a file that is skipped whole; whoever runs the tests shall see it all the same.
if (!installed) console.warn('rclone is not installed: its tests of the fake Drive are skipped');
const KIB = 1024;

interface Result {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

suite(installed ? 'rclone as a client' : 'rclone is not installed: skipped', () => {
  let google: FakeGoogle;
  let proxy: LoopbackProxy;
  let folder: string;
  let user: User;
  let client: ClientSecrets;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'albaretto-rclone-'));
    google = createFakeGoogle();
    user = google.addUser({ quotaBytes: 10 * KIB * KIB });
    client = google.addClient().installed;
    proxy = await startProxy({ hosts: google.routes });
    configure(google.grant({ client: { installed: client }, scope: 'drive' }), 'drive');
  });

  afterEach(async () => {
    await proxy.close();
    rmSync(folder, { recursive: true, force: true });
  });

  function configure(tokens: GrantedTokens, scope: string, expiry = '2099-01-01T00:00:00Z', more = ''): void {
    const { access_token, refresh_token } = tokens;
    const token = JSON.stringify({ access_token, token_type: 'Bearer', refresh_token, expiry });
    const secrets = `client_id = ${client.client_id}\nclient_secret = ${client.client_secret}\n`;
    const text = `[fake]\ntype = drive\n${secrets}scope = ${scope}\ntoken = ${token}\n${more}`;
    writeFileSync(join(folder, 'rclone.conf'), text);
  }

  /** Output is read byte by byte, so that `cat` shows exactly what was stored. */
  function rclone(...args: string[]): Promise<Result> {
    const env = {
      PATH: process.env.PATH ?? '',
      HOME: folder,
      HTTPS_PROXY: proxy.url,
      HTTP_PROXY: proxy.url,
      RCLONE_CONFIG: join(folder, 'rclone.conf'),
      RCLONE_CA_CERT: proxy.caFile,
    };
    return new Promise((resolve) => {
      execFile('rclone', args, { env, encoding: 'latin1' }, (error: ExecFileException | null, stdout, stderr) =>
        resolve({ code: error === null ? 0 : Number(error.code ?? 1), stdout, stderr }),
      );
    });
  }

  async function succeed(...args: string[]): Promise<string> {
    const result = await rclone(...args);
    if (result.code !== 0) throw new Error(`rclone ${args.join(' ')} ended with ${result.code}: ${result.stderr}`);
    return result.stdout;
  }

  /** A folder of local files, by name. */
  function local(files: Readonly<Record<string, Buffer>>): string {
    const path = join(folder, 'local');
    mkdirSync(path, { recursive: true });
    for (const [name, content] of Object.entries(files)) writeFileSync(join(path, name), content);
    return path;
  }

  const creates = () => google.requestsTo('POST', /^\/(upload\/)?drive\/v3\/files\?/);
  const storedNames = () => google.files().map((file) => file.name);

  test('about shows the quota of the user', async () => {
    google.addFile({ name: 'x', content: randomBytes(KIB) });
    expect(JSON.parse(await succeed('about', '--json', 'fake:'))).toMatchObject({
      total: 10 * KIB * KIB,
      used: KIB,
      free: 10 * KIB * KIB - KIB,
    });
  });

  test('lsjson shows name, size, type and time of what is stored', async () => {
    const pictures = google.addFolder({ name: 'pictures' });
    google.addFile({ name: 'a.png', parent: pictures.id, content: 'abc', mimeType: 'image/png' });
    const entries = JSON.parse(await succeed('lsjson', '-R', '--hash', 'fake:'));
    expect(entries).toMatchObject([
      { Path: 'pictures', IsDir: true, ID: pictures.id },
      {
        Path: 'pictures/a.png',
        Size: 3,
        MimeType: 'image/png',
        Hashes: { md5: createHash('md5').update('abc').digest('hex') },
      },
    ]);
  });

  test('mkdir makes folders within folders, rmdir puts one into the trash', async () => {
    await succeed('mkdir', 'fake:one/two');
    const [one] = google.children('root');
    expect(one).toMatchObject({ name: 'one', mimeType: 'application/vnd.google-apps.folder' });
    const [two] = google.children(one!.id);
    expect(two).toMatchObject({ name: 'two', explicitlyTrashed: false });
    await succeed('rmdir', 'fake:one/two');
    expect(two).toMatchObject({ explicitlyTrashed: true });
    expect(await succeed('lsf', '-R', 'fake:')).toBe('one/\n');
  });

  test('copy uploads small, large, empty and oddly named files, check and cat find them whole', async () => {
    const files: Record<string, Buffer> = {
      'empty.bin': Buffer.alloc(0),
      "it's a \\ name.png": randomBytes(3000),
      'large.bin': randomBytes(5 * 256 * KIB - 100),
    };
    for (let index = 0; index < 6; index++) files[`small-${index}.bin`] = randomBytes(1 + index * 10 * KIB);
    const path = local(files);
    const chunked = ['--drive-upload-cutoff', '1Mi', '--drive-chunk-size', '256Ki'];
    await succeed('copy', ...chunked, path, 'fake:copied');

    const [copied] = google.children('root');
    const stored = new Map(google.children(copied!.id).map((file) => [file.name, file.content]));
    expect([...stored.keys()].sort()).toEqual(Object.keys(files).sort());
    for (const [name, content] of Object.entries(files)) expect(content.equals(stored.get(name)!)).toBe(true);

    const isSession = (search: string) => search.includes('upload_id=');
    const sent = google.requests.filter(({ path: at }) => at.startsWith('/upload/'));
    expect(sent.filter(({ search }) => search.includes('uploadType=multipart'))).toHaveLength(8);
    expect(sent.filter(({ search }) => isSession(search)).map(({ status }) => status)).toEqual([
      308, 308, 308, 308, 200,
    ]);
    expect(google.openSessions()).toEqual([]);

    await succeed('check', path, 'fake:copied');
    const shown = Buffer.from(await succeed('cat', "fake:copied/it's a \\ name.png"), 'latin1');
    expect(shown.equals(files["it's a \\ name.png"]!)).toBe(true);
    const count = creates().length;
    await succeed('copy', ...chunked, path, 'fake:copied');
    expect(creates()).toHaveLength(count);
    expect(proxy.refused).toEqual([]);
  });

  test('copying back gives the same bytes', async () => {
    const content = randomBytes(70_000);
    google.addFile({ name: 'x.bin', content });
    await succeed('copy', 'fake:x.bin', join(folder, 'back'));
    expect(readFileSync(join(folder, 'back', 'x.bin')).equals(content)).toBe(true);
  });

  test('moveto moves and renames, deletefile puts into the trash', async () => {
    const source = google.addFolder({ name: 'from' });
    const target = google.addFolder({ name: 'to' });
    const file = google.addFile({ name: 'a.txt', parent: source.id, content: 'text' });
    await succeed('moveto', 'fake:from/a.txt', 'fake:to/b.txt');
    expect(file).toMatchObject({ name: 'b.txt', parent: target.id });
    await succeed('deletefile', 'fake:to/b.txt');
    expect(file.explicitlyTrashed).toBe(true);
    expect(await succeed('lsf', 'fake:to')).toBe('');
  });

  test('with drive.file it works in its root folder and sees nothing else', async () => {
    const picked = google.addFolder({ name: 'picked' });
    google.addFile({ name: 'older.txt', parent: picked.id, content: 'unseen' });
    google.addFile({ name: 'private.txt', content: 'unseen' });
    const tokens = google.grant({ client: { installed: client }, visible: [picked] });
    configure(tokens, 'drive.file', undefined, `root_folder_id = ${picked.id}\n`);
    await succeed('copy', local({ 'new.txt': Buffer.from('mine') }), 'fake:');
    expect(await succeed('lsf', '-R', 'fake:')).toBe('new.txt\n');
    expect(google.children(picked.id).map(({ name }) => name)).toEqual(['older.txt', 'new.txt']);
  });

  test('with drive.file a folder that was not picked is refused', async () => {
    const unpicked = google.addFolder({ name: 'unpicked' });
    const tokens = google.grant({ client: { installed: client } });
    configure(tokens, 'drive.file', undefined, `root_folder_id = ${unpicked.id}\n`);
    const result = await rclone('copy', '--retries', '1', local({ 'new.txt': Buffer.from('mine') }), 'fake:');
    expect(result.code).not.toBe(0);
    expect(result.stderr).toContain('insufficientParentPermissions');
    expect(google.children(unpicked.id)).toEqual([]);
  });

  test('waits and goes on after two rate limits', async () => {
    const limit = google.faults.inject({ method: 'POST', path: /files/, count: 2, status: 403 });
    await succeed('copy', local({ 'a.txt': Buffer.from('a') }), 'fake:');
    expect(limit.hits).toBe(2);
    expect(storedNames()).toEqual(['a.txt']);
  });

  test('goes on after 503 for a list and for the beginning of a session', async () => {
    const list = google.faults.inject({ method: 'GET', path: /\/files\?/, status: 503 });
    const session = google.faults.inject({ method: 'POST', path: /uploadType=resumable/, status: 503 });
    const content = randomBytes(600 * KIB);
    const chunked = ['--drive-upload-cutoff', '256Ki', '--drive-chunk-size', '256Ki'];
    await succeed('copy', ...chunked, local({ 'a.bin': content }), 'fake:');
    expect([list.hits, session.hits]).toEqual([1, 1]);
    expect(google.files()[0]?.content?.equals(content)).toBe(true);
  });

  test('a full Drive refuses the upload for good', async () => {
    google.addFile({ name: 'filler', content: Buffer.alloc(10 * KIB * KIB) });
    const path = local({ 'a.txt': Buffer.from('a') });
    const result = await rclone('copy', '--drive-stop-on-upload-limit', '--retries', '1', path, 'fake:');
    expect(result.code).not.toBe(0);
    expect(result.stderr).toContain('storageQuotaExceeded');
    expect(storedNames()).toEqual(['filler']);
  });

  test('refreshes a token that ran out and keeps the refresh token', async () => {
    const tokens = google.grant({ client: { installed: client }, scope: 'drive', accessTokenLifetime: -1 });
    configure(tokens, 'drive', '2020-01-01T00:00:00Z');
    await succeed('lsf', 'fake:');
    expect(google.requestsTo('POST', /^\/token/)).toMatchObject([{ host: 'oauth2.googleapis.com', status: 200 }]);
    const config = readFileSync(join(folder, 'rclone.conf'), 'utf8');
    expect(config).toContain(tokens.refresh_token);
    expect(config).not.toContain(tokens.access_token);
  });

  test('a revoked consent ends in invalid_grant', async () => {
    const tokens = google.grant({ client: { installed: client }, scope: 'drive', accessTokenLifetime: -1 });
    configure(tokens, 'drive', '2020-01-01T00:00:00Z');
    google.revokeGrant(user, google.clientOf({ installed: client }).project);
    const result = await rclone('lsf', '--retries', '1', '--low-level-retries', '1', 'fake:');
    expect(result.code).not.toBe(0);
    expect(result.stderr).toContain('invalid_grant');
  });

  test('does not trust the proxy without its authority', async () => {
    writeFileSync(join(folder, 'none.pem'), '');
    const result = await rclone(
      'lsf',
      '--ca-cert',
      join(folder, 'none.pem'),
      '--retries',
      '1',
      '--low-level-retries',
      '1',
      'fake:',
    );
    expect(result.code).not.toBe(0);
    expect(google.requests).toEqual([]);
  });
});
