import assert from 'node:assert/strict';
import { printable } from '../../../src/plugin.js';
import type { SourceContract } from '../source-contract.js';

const WORDS = 'The garden is closed for the winter.';

/** A failure says who speaks, what failed, and why in the service's own words. */
export function failures({ check, harness }: SourceContract): void {
  const { name } = harness.descriptor;

  check('a reference to nothing is E_NOT_FOUND that names the plugin', async (trial) => {
    const error = await trial.failure(trial.listAll(trial.source.open(trial.opened.unknown, {})), 'E_NOT_FOUND');
    assert.equal(error.plugin, name);
    await trial.expectNothingRunning();
  });

  check('a refusal is told in the words of the service', async (trial) => {
    if (trial.opened.service === undefined) return;
    trial.service.refuse(WORDS);
    const error = await trial.failure(trial.list());
    assert.equal(error.plugin, name);
    assert.ok(error.message.includes(WORDS), `the words are missing: ${error.message}`);
  });

  check('the words of a service are made printable', async (trial) => {
    if (trial.opened.service === undefined) return;
    trial.service.refuse('closed\u001b]0;owned\u0007\u202e\r\n  ✓ Saved everything');
    const { message, hint = '' } = await trial.failure(trial.list());
    for (const text of [message, hint]) assert.equal(printable(text), text);
  });

  check('a refusal of a renewal names the plugin', async (trial) => {
    const [item] = (await trial.list()).items;
    if ((await trial.source.locate(item!, { renew: false })).kind !== 'request') return;
    trial.service.refuse(WORDS);
    const error = await trial.failure(trial.source.locate(item!, { renew: true }));
    assert.equal(error.plugin, name);
  });

  check('no error repeats the credential', async (trial) => {
    if (trial.opened.service === undefined) return;
    const [secret] = trial.opened.secrets ?? [];
    trial.service.refuse(WORDS);
    const error = await trial.failure(trial.list());
    if (secret !== undefined) assert.ok(!`${error.describe()} ${String(error.stack)}`.includes(secret));
  });
}
