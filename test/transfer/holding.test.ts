import { mkdirSync, renameSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { disk } from '../../src/disk.js';
import { AlbarettoError, exitCodeOf } from '../../src/errors.js';
import { identityText, ownIdentity, parseIdentity } from '../../src/process-identity.js';
import { download } from '../../src/transfer/download.js';
import { type HoldingOptions, openHolding } from '../../src/transfer/holding.js';
import type { HeldBytes, SpoolWriter } from '../../src/transfer/spool.js';
import { noiseBytes } from '../support/pictures/noise.js';
import { png } from '../support/pictures.js';
import { ERRNOS, failingDisk } from './failing-disk.js';
import { below, freshFolder } from './folders.js';
import { arrivedIn, isWhole } from './unsaved.js';

const MEBIBYTE = 1_048_576;

function holdingIn(folder: string, more: Partial<HoldingOptions> = {}) {
  return openHolding({ folder, memory: 1_000_000, now: Date.now, ...more });
}

async function bodyOf(writer: SpoolWriter, bytes: number): Promise<HeldBytes> {
  for (let at = 0; at < bytes; at += MEBIBYTE) await writer.write(Buffer.alloc(Math.min(MEBIBYTE, bytes - at)));
  return writer.finish([]);
}

describe('memory', () => {
  test('for the buffer is what the person gave, and what does not fit waits in this session’s own folder', async () => {
    const folder = freshFolder();
    const holding = holdingIn(folder);
    const [first, second] = [
      await bodyOf(holding.openForBuffer(), 600_000),
      await bodyOf(holding.openForBuffer(), 600_000),
    ];
    expect(first.path).toBeUndefined();
    expect(dirname(second.path!)).toBe(join(folder, 'unsaved', identityText(await ownIdentity())));
    await first.release();
    const third = await bodyOf(holding.openForBuffer(), 600_000);
    expect(third.path).toBeUndefined();
    for (const bytes of [second, third]) await bytes.release();
    await holding.close();
    expect(below(folder)).toEqual(['unsaved']);
  });

  test('for a pipe is a budget of its own', async () => {
    const holding = holdingIn(freshFolder());
    const full = await bodyOf(holding.openForBuffer(), 1_000_000);
    const bytes = await bodyOf(holding.openForPipe(), 1_000_000);
    expect([full.path, bytes.path]).toEqual([undefined, undefined]);
    for (const held of [full, bytes]) await held.release();
  });

  test('for a pipe is 32 MiB at most, however much there is for the buffer', async () => {
    const holding = holdingIn(freshFolder(), { memory: 1024 * MEBIBYTE });
    const bodies: HeldBytes[] = [];
    for (let count = 0; count < 3; count += 1) bodies.push(await bodyOf(holding.openForPipe(), 16 * MEBIBYTE));
    expect(bodies.map(({ path }) => path === undefined)).toEqual([true, true, false]);
    for (const bytes of bodies) await bytes.release();
    await holding.close();
  });

  test('that is not used makes no folder', async () => {
    const folder = freshFolder();
    const holding = holdingIn(folder);
    const fetched = await arrivedIn(holding.openForBuffer, { id: 'a', companions: ['a-mask'] });
    await holding.release(fetched);
    await holding.close();
    expect(below(folder)).toEqual([]);
    expect(await holding.leftovers()).toBeUndefined();
  });
});

describe('an item', () => {
  test('that is kept and released leaves nothing', async () => {
    const folder = freshFolder();
    const holding = holdingIn(folder, { memory: 4_000 });
    const kept = await holding.keep(await arrivedIn(holding.openForBuffer, { id: 'a', companions: ['a-mask'] }));
    expect(await isWhole(kept)).toBe(true);
    await holding.release(kept);
    await holding.close();
    expect(below(folder)).toEqual(['unsaved']);
  });
});

describe('what other sessions left', () => {
  /** The folder of this process’s session with one item, under another name. */
  async function leftBy(name: (mine: string) => string) {
    const folder = freshFolder();
    const holding = holdingIn(folder);
    const kept = await holding.keep(await arrivedIn(holding.openForBuffer, { id: 'a' }));
    const own = dirname((kept.bytes as HeldBytes).path!);
    renameSync(own, join(dirname(own), name(basename(own))));
    return { folder, holding: holdingIn(folder) };
  }
  const withoutStart = (mine: string, pid: number) => identityText({ ...parseIdentity(mine)!, pid, start: '00000000' });

  test.each([
    ['a process of this number that is another one', (mine: string) => withoutStart(mine, process.pid)],
    ['a process that is gone', (mine: string) => withoutStart(mine, 2_000_000_000)],
    ['nobody: its name is no session’s', () => 'something'],
    ['a dead process that had taken it over itself', (mine: string) => `${withoutStart(mine, 2_000_000_000)}+1`],
  ])('is offered when it belongs to %s', async (_name, name) => {
    const { holding } = await leftBy(name);
    expect(await holding.leftovers()).toMatchObject({ items: 1, bytes: 3_000 });
  });

  test.each([
    ['this very session', (mine: string) => mine],
    ['this session, which took it over', (mine: string) => `${mine}+1`],
    ['a machine of which nothing is known here', (mine: string) => `00000000${mine.slice(8)}`],
  ])('is left alone when it belongs to %s', async (_name, name) => {
    const { folder, holding } = await leftBy(name);
    const before = below(folder);
    expect(await holding.leftovers()).toBeUndefined();
    expect(below(folder)).toEqual(before);
  });

  test('is nothing where the folder is empty', async () => {
    const folder = freshFolder();
    mkdirSync(join(folder, 'unsaved'));
    expect(await holdingIn(folder).leftovers()).toBeUndefined();
  });
});

describe('a disk that refuses', () => {
  const codes = {
    EIO: 'E_DESTINATION',
    ENOSPC: 'E_NO_SPACE',
    EACCES: 'E_DESTINATION',
    EMFILE: 'E_DESTINATION',
  } as const;

  test.each(ERRNOS)(
    'with %s any call is told in words, as a failure of the storage, and is not tried again',
    async (errno) => {
      const sound = failingDisk(0, errno);
      const work = async (port: typeof disk) => {
        const holding = holdingIn(freshFolder(), { memory: 2_000, disk: port });
        const fetched = await arrivedIn(holding.openForBuffer, { id: 'a' });
        await holding.release(await holding.keep(fetched));
      };
      await work(sound);
      expect(sound.calls.length).toBeGreaterThan(8);
      for (let failing = 1; failing <= sound.calls.length; failing += 1) {
        const port = failingDisk(failing, errno);
        const thrown: unknown = await work(port).catch((error: unknown) => error);
        expect([port.calls[failing - 1], thrown]).toEqual([port.calls[failing - 1], expect.any(AlbarettoError)]);
        const error = thrown as AlbarettoError;
        expect([error.code, error.retryable, exitCodeOf(error.code)]).toEqual([codes[errno], false, 6]);
        expect(error.describe()).toMatch(
          /^the folder \/.+\/unsaved, for what is not saved yet, cannot be used \(E[A-Z]+\): /u,
        );
      }
    },
  );

  test('ends a download, which says so and leaves nothing', async () => {
    const folder = freshFolder();
    const full = { ...disk, create: () => Promise.reject(Object.assign(new Error('no'), { code: 'ENOSPC' })) };
    const holding = holdingIn(folder, { memory: 100, disk: full });
    let tries = 0;
    const picture = png(40, 40, 1);
    const client = {
      async open() {
        tries += 1;
        return {
          status: 200,
          headers: { 'content-length': String(picture.length) },
          url: 'https://pictures.example.org/a.png',
          body: (async function* () {
            yield picture;
          })(),
          discard: () => undefined,
        };
      },
      close: () => undefined,
    };
    const source = {
      open: () => {
        throw new Error('nothing is listed here');
      },
      locate: async () => ({ kind: 'request' as const, url: 'https://pictures.example.org/a.png' }),
    };
    const work = download({ id: 'a', taskId: 'task-1' }, source, {
      client,
      plugin: 'dalle2',
      trusted: [],
      maxBytes: MEBIBYTE,
      retry: { sleep: async () => undefined },
      now: Date.now,
      openSpool: holding.openForBuffer,
    });
    await expect(work).rejects.toMatchObject({
      code: 'E_NO_SPACE',
      reach: 'run',
      hint: 'make room on its disk, or save or drop something',
    });
    expect(tries).toBe(1);
    await holding.close();
    expect(below(folder)).toEqual(['unsaved']);
  });

  test('once does not keep the session from using its folder later', async () => {
    const holding = holdingIn(freshFolder(), { memory: 100, disk: failingDisk(1, 'EMFILE') });
    await expect(bodyOf(holding.openForBuffer(), 5_000)).rejects.toMatchObject({ code: 'E_DESTINATION' });
    const bytes = await bodyOf(holding.openForBuffer(), 5_000);
    expect(bytes.size).toBe(5_000);
    await bytes.release();
    await holding.close();
  });
});

test('the bytes of a body on the disk are those that came', async () => {
  const holding = holdingIn(freshFolder(), { memory: 100 });
  const writer = holding.openForPipe();
  const body = noiseBytes(1, 300_000);
  for (let at = 0; at < body.length; at += 7_777) await writer.write(body.subarray(at, at + 7_777));
  const bytes = await writer.finish([]);
  const chunks: Uint8Array[] = [];
  for await (const chunk of bytes.open(123_456)) chunks.push(chunk);
  expect(Buffer.concat(chunks).equals(body.subarray(123_456))).toBe(true);
  await bytes.release();
  await holding.close();
});
