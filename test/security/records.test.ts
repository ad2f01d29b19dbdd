/** Secrets that were written down, ports that were left open and packages that were swapped, in other programs. */

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { get } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test } from '@jest/globals';
import { listenForRedirect } from '../../sinks/google-drive/loopback.js';
import { recordOf } from '../../src/archive/record.js';
import { createWorkshop, exchange, failureOf, textOf } from '../http/support.js';
import { openStage } from '../report/support.js';
import { fetchedItem } from '../support/fetched.js';
import { readSourceFiles } from '../support/source-files.js';
import { sessionsIn } from '../transfer/unsaved.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const workshop = createWorkshop();
const folders: string[] = [];

afterEach(async () => {
  await workshop.closeAll();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function freshFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'albaretto-records-'));
  folders.push(folder);
  return folder;
}

const SECRET = 'sk-live-1234567890abcdef';
const SIGNED = `https://blob.example.com/a.webp?sv=2021&sig=${SECRET}&se=2024-01-01`;

describe('what is written down', () => {
  test('aria2 CVE-2019-3500: no credential is in a log, whichever way it came', async () => {
    const file = join(freshFolder(), 'debug.log');
    const stage = await openStage({ verbosity: 'debug', logFile: file });
    stage.redactor.add(SECRET);
    const server = await workshop.serve((request, response) =>
      request.url?.startsWith('/to') === true
        ? response.end('whole')
        : response.writeHead(302, { location: `/to?token=${SECRET}` }).end(),
    );
    const client = workshop.client({ trace: (line) => stage.reporter.log.debug(line) });
    const headers = { authorization: `Bearer ${SECRET}` };
    await textOf(await client.open(exchange(`${server.origin}/from?key=${SECRET}`, { headers })));
    const failure = await failureOf(client.open(exchange(`https://user:${SECRET}@example.com/`, { trusted: [] })));
    stage.reporter.log.debug(failure.describe());
    stage.reporter.log.info(`sent ${encodeURIComponent(SECRET)} and ${JSON.stringify({ headers })}`);
    await stage.reporter.close();
    const written = readFileSync(file, 'utf8');
    expect(written).toContain('/from 302');
    for (const text of [written, stage.err.text, stage.out.text]) expect(text).not.toContain(SECRET);
  });

  test('wget CVE-2018-20483: a signed link is in no sidecar and in nothing that is kept for later', async () => {
    const fetched = fetchedItem({ id: 'a', raw: { id: 'a', image_path: SIGNED, note: `see ${SIGNED} there` } });
    expect(recordOf(fetched, { media: 'a.webp', companions: [] })).not.toContain(SECRET);
    const root = freshFolder();
    const session = sessionsIn(root).open('me');
    const kept = await session.keep(fetched);
    const record = (kept.bytes as unknown as { record: string }).record;
    const text = readFileSync(record, 'utf8');
    expect(text).toContain('image_path');
    expect(text).not.toContain(SECRET);
  });
});

describe('a port', () => {
  test('rclone CVE-2026-49980, CVE-2026-41176: is opened for a sign-in and for nothing else', () => {
    const files = readSourceFiles(ROOT, ['src', 'sources', 'sinks']);
    const listeners = files.filter(({ used }) => used.has('createServer') || used.has('createSecureServer'));
    expect(listeners.map(({ path }) => path)).toEqual(['sinks/google-drive/loopback.ts']);
  });

  test('rclone CVE-2026-49980: on 127.0.0.1 alone, and without the state of the sign-in nothing is taken', async () => {
    const loopback = await listenForRedirect({ state: 'right', port: 0 });
    try {
      const visit = (path: string) =>
        new Promise<number | undefined>((resolve, reject) => {
          get(new URL(path, loopback.redirectUri), { agent: false }, (response) => {
            response.resume();
            resolve(response.statusCode);
          }).on('error', reject);
        });
      for (const path of ['/?code=stolen', '/?state=wrong&code=stolen', '/rc/noopauth', '/config']) {
        expect([path, (await visit(path))! >= 400]).toEqual([path, true]);
      }
      const elsewhere = await new Promise<string>((resolve) => {
        const socket = connect({ host: '127.0.0.2', port: loopback.port });
        socket.on('error', () => resolve('refused'));
        socket.on('connect', () => {
          socket.destroy();
          resolve('taken');
        });
      });
      expect(elsewhere).toBe('refused');
      expect(await visit('/?state=right&code=mine')).toBe(200);
      expect(await loopback.answer).toMatchObject({ kind: 'code', code: 'mine' });
    } finally {
      await loopback.close();
    }
  });
});

describe('a package', () => {
  interface Locked {
    readonly version?: string;
    readonly resolved?: string;
    readonly integrity?: string;
    readonly link?: boolean;
  }
  const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as Record<
    string,
    Record<string, string>
  >;
  const lock = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, Locked>;
  };
  const locked = Object.entries(lock.packages).filter(([path]) => path !== '');

  test('chalk 5.6.1 (September 2025): is one exact version, and another one than that', () => {
    const named = { ...manifest.dependencies, ...manifest.devDependencies, ...manifest.optionalDependencies };
    for (const [name, version] of Object.entries(named))
      expect([name, version]).toEqual([name, expect.stringMatching(/^\d+\.\d+\.\d+$/u)]);
    const chalk = locked.filter(([path]) => /(^|\/)node_modules\/chalk$/u.test(path)).map(([, { version }]) => version);
    expect(chalk).not.toEqual([]);
    expect(chalk).not.toContain('5.6.1');
  });

  test('chalk 5.6.1 (September 2025): comes from the registry with the digest that was locked', () => {
    expect(locked.length).toBeGreaterThan(100);
    for (const [path, { resolved, integrity }] of locked) {
      // Without an address it comes from the registry that npm is told to use; never from a repository or a file.
      expect([path, resolved ?? 'https://registry.npmjs.org/']).toEqual([
        path,
        expect.stringMatching(/^https:\/\/registry\.npmjs\.org\//u),
      ]);
      expect([path, integrity]).toEqual([path, expect.stringMatching(/^sha512-/u)]);
    }
  });
});
