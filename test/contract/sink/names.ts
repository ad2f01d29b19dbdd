import assert from 'node:assert/strict';
import { extname } from 'node:path';
import type { SinkContract } from '../sink-contract.js';
import { bytesOf } from './material.js';
import type { Trial } from './trial.js';

/** Safe names that a careless sink trips over: a query's quotes, a shell's signs, a URL's, more bytes than characters. */
const SAFE = [
  "it's a 'quoted' one.webp",
  '100% #1 & [x] {y} (z) $HOME ; , = + @ !.webp',
  '-dash.webp',
  'two  spaces.webp',
  'dots.in.the.middle.webp',
  '%2e%2e%2fescape.webp',
  '絵 ünïcödé 🎨.webp',
  'مرحبا.webp',
  'generation-ZJQ3vCqpLDxCu56ULN79OUs9.webp',
];

/** Names that are legal somewhere. A sink may store or refuse them; it may not put a file anywhere else. */
const DOUBTFUL = [
  'back\\slash.webp',
  '"double".webp',
  '..\\up.webp',
  '../up.webp',
  'sub/file.webp',
  '/absolute.webp',
  '..',
  '.',
  '',
  'nul\0byte.webp',
];

/** A file lies under exactly its name, in exactly its folder. */
export function names({ check, capabilities }: SinkContract): void {
  for (const name of [...SAFE, ...longest(capabilities.longestName)]) {
    check(`a file is stored under the name ${shown(name)}`, (trial) => storedUnder(trial, name));
  }

  for (const name of DOUBTFUL) {
    check(`the name ${shown(name)} is refused, or is only a name`, async (trial) => {
      const receipt = await trial.put({ name }).catch(() => undefined);
      const files = await trial.files();
      if (files === undefined) return;
      if (receipt === undefined) assert.deepEqual(files, []);
      else
        assert.deepEqual(
          files.map((file) => [file.folder ?? '', file.name]),
          [['', name]],
        );
    });
  }

  check('names that differ by case alone are two files', async (trial) => {
    const [lower, upper] = [bytesOf(3000, 1), bytesOf(3000, 2)];
    const receipts = [
      await trial.put({ name: 'ab3.webp', bytes: lower }),
      await trial.put({ name: 'AB3.webp', bytes: upper }),
    ];
    await trial.expectContents(lower, upper);
    const stored = receipts.map((receipt) => receipt.name);
    if (capabilities.caseSensitive) assert.deepEqual(stored, ['ab3.webp', 'AB3.webp']);
    else assert.equal(new Set(stored.map((name) => name.toLowerCase())).size, 2);
  });

  if (capabilities.uniqueNames) {
    for (const name of longest(capabilities.longestName)) {
      check(`a second file under the name ${shown(name)} gets one that fits`, async (trial) => {
        await trial.put({ name, bytes: bytesOf(3000, 1) });
        const receipt = await trial.put({ name, bytes: bytesOf(3000, 2) });
        assert.ok(Buffer.byteLength(receipt.name) <= capabilities.longestName, receipt.name);
        assert.equal(extname(receipt.name), '.webp');
        assert.equal(receipt.name, receipt.name.normalize('NFC'));
        assert.doesNotMatch(receipt.name, /\p{Surrogate}|\ufffd/u);
        await trial.expectContents(bytesOf(3000, 1), bytesOf(3000, 2));
      });
    }
  }
}

async function storedUnder(trial: Trial, name: string): Promise<void> {
  const bytes = bytesOf(3000);
  const receipt = await trial.put({ name, bytes });
  trial.expectReceipt(receipt, bytes, 'created');
  assert.equal(receipt.name, name);
  const files = await trial.files();
  if (files !== undefined)
    assert.deepEqual(
      files.map((file) => [file.folder ?? '', file.name]),
      [['', name]],
    );
  trial.expectReceipt(await trial.put({ name, bytes }), bytes, 'present');
}

/** Names of exactly so many bytes: of one byte a character, and of four. */
function longest(length: number): string[] {
  const room = length - '.webp'.length;
  return [`${'x'.repeat(room)}.webp`, `${'🎨'.repeat(Math.floor(room / 4))}${'x'.repeat(room % 4)}.webp`];
}

function shown(name: string): string {
  const text = JSON.stringify(name);
  return text.length <= 60 ? text : `${text.slice(0, 12)}… (${Buffer.byteLength(name)} bytes)`;
}
