import assert from 'node:assert/strict';
import type { Item, LocateOptions, Location } from '../../../src/plugin.js';
import type { OpenedSource, SourceContract } from '../source-contract.js';
import type { Trial } from './trial.js';

const FRESH = { renew: false };
const RENEWED = { renew: true };

/** Where the bytes are: asked right before the download, and asked anew when the link was refused. */
export function locating({ check, harness }: SourceContract): void {
  check('every item has an https link, or its bytes', async (trial) => {
    const { items } = await trial.list();
    for (const { id, taskId } of items.flatMap((item) => [item, ...(item.companions ?? [])])) {
      expectLocation(await trial.ends(trial.source.locate({ id, taskId }, FRESH)), trial.opened);
    }
  });

  check('an item can be located by whoever only wrote its ids down', async (trial) => {
    const [item] = (await trial.list()).items;
    // In another run: nothing was listed there before.
    const other = await trial.harness.open();
    try {
      const { id, taskId } = item!;
      expectLocation(await trial.ends(other.source.locate({ id, taskId }, FRESH)), other);
    } finally {
      await other.close?.();
    }
  });

  check('locating what is not there is E_NOT_FOUND that names the plugin', async (trial) => {
    const missing = missingAmong((await trial.list()).items);
    for (const options of [FRESH, RENEWED]) {
      const error = await trial.failure(trial.source.locate(missing, options), 'E_NOT_FOUND');
      assert.equal(error.plugin, trial.harness.descriptor.name);
    }
  });

  check('a renewal asks the service again', async (trial) => {
    const [item] = (await trial.list()).items;
    const old = await urlOf(trial, item!, FRESH);
    if (old === undefined) return;
    const before = trial.service.requests();
    const renewed = await urlOf(trial, item!, RENEWED);
    assert.equal(trial.service.requests(), before + 1);
    assert.notEqual(renewed, old);
    assert.equal(await urlOf(trial, item!, FRESH), renewed);
  });

  const each = harness.renews === 'item';
  check(
    `renewals of one task at the same time ${each ? 'ask once for each item' : 'share one request'}`,
    async (trial) => {
      const { items } = await trial.list();
      if ((await trial.source.locate(items[0]!, FRESH)).kind !== 'request') return;
      const before = trial.service.requests();
      await trial.ends(Promise.all(items.map((item) => trial.source.locate(item, RENEWED))));
      assert.equal(trial.service.requests(), before + (each ? items.length : 1));
    },
  );

  check('a renewal that one caller gives up still serves the others', async (trial) => {
    const { items } = await trial.list();
    const [first, second] = items;
    const controller = new AbortController();
    const given = trial.source.locate(first!, { ...RENEWED, signal: controller.signal });
    const kept = trial.source.locate(second!, RENEWED);
    controller.abort();
    await trial.ends(given.catch(() => undefined));
    expectLocation(await trial.ends(kept), trial.opened);
  });
}

/** `undefined` where there is no link that could run out. */
async function urlOf(trial: Trial, item: Item, options: LocateOptions): Promise<string | undefined> {
  const location = await trial.ends(trial.source.locate(item, options));
  return location.kind === 'request' && location.expiresAt !== undefined ? location.url : undefined;
}

/** Nearly the first of them: of the same form, and neither an item nor a companion of its task. */
function missingAmong(items: readonly Item[]): Pick<Item, 'id' | 'taskId'> {
  const [{ id, taskId }] = items as [Item, ...Item[]];
  const known = new Set(items.flatMap((item) => [item, ...(item.companions ?? [])]).map((own) => own.id));
  const near = [...'0123456789abcdefghijklmnopqrstuvwxyz'].map((last) => id.slice(0, -1) + last);
  const missing = near.find((other) => !known.has(other));
  assert.ok(missing, `all ids that are nearly ${id} are there`);
  return { id: missing, taskId };
}

function expectLocation(location: Location, opened: OpenedSource): void {
  if (location.kind === 'bytes') {
    assert.ok(location.bytes.length > 0);
    return;
  }
  if (location.kind === 'stream') return;
  const url = new URL(location.url);
  if (!opened.hosts?.includes(url.host)) assert.equal(url.protocol, 'https:');
  const sent = `${location.url} ${JSON.stringify(location.headers ?? {})}`;
  for (const secret of opened.secrets ?? []) assert.ok(!sent.includes(secret), 'a link carries the credential');
  if (location.expiresAt !== undefined) assert.ok(Number.isFinite(location.expiresAt));
}
