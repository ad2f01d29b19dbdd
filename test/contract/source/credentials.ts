import assert from 'node:assert/strict';
import fc from 'fast-check';
import { AlbarettoError } from '../../../src/plugin.js';
import type { SourceContract } from '../source-contract.js';
import { Trial } from './trial.js';

/** A wrong credential is told before anything is sent, and is never repeated. */
export function credentials({ plain, check, harness }: SourceContract): void {
  const { credentials: spec, name } = harness.descriptor;
  if (spec === undefined) return;
  const wrong = harness.wrongCredentials ?? [];

  /** The refusal of a pasted text, or `undefined` for one that has the right form. */
  const refusal = (pasted: string): AlbarettoError | undefined => {
    try {
      const cleaned = spec.check(pasted);
      const { prefix } = typeof spec.header === 'function' ? spec.header(cleaned) : spec.header;
      assert.match(`${prefix}${cleaned}`, /^[\x20-\x7e]+$/u, 'it cannot stand in a header');
      assert.equal(spec.check(cleaned), cleaned);
      return undefined;
    } catch (thrown) {
      if (!(thrown instanceof AlbarettoError)) throw thrown;
      return thrown;
    }
  };

  plain('it says where the credential is found', () => {
    for (const text of [spec.label, spec.howTo]) assert.match(text, /\S/u);
    assert.match(spec.name, /^[a-z][a-zA-Z]*$/u);
  });

  for (const pasted of wrong) {
    plain(`${JSON.stringify(pasted)} is refused with a remedy, and not repeated`, () => {
      const error = refusal(pasted);
      assert.equal(error?.code, 'E_CREDENTIALS');
      assert.equal(error.plugin, name);
      assert.ok(error.hint, 'there is no remedy');
      if (pasted.trim().length > 5) assert.ok(!error.describe().includes(pasted.trim()), 'it is repeated');
    });
  }

  plain('whatever is pasted is cleaned or refused', () => {
    const pasted = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string({ unit: 'grapheme-ascii' }),
      fc.constantFrom('', ' ', 'Bearer', 'Bearer ', 'Authorization: ', ...wrong),
    );
    const judged = (text: string) => assert.equal(refusal(text)?.code ?? 'E_CREDENTIALS', 'E_CREDENTIALS');
    fc.assert(fc.property(pasted, judged), { numRuns: 1000 });
  });

  for (const pasted of wrong) {
    check(`with ${JSON.stringify(pasted)} nothing is asked of the service`, async (trial) => {
      const other = await harness.open(pasted);
      try {
        const own = new Trial(other, harness);
        const error = await trial.failure(own.list(), 'E_CREDENTIALS');
        assert.equal(error.reach, 'run');
        assert.equal(other.service?.requests() ?? 0, 0);
      } finally {
        await other.close?.();
      }
    });
  }

  check('a credential that is refused later ends the run with a remedy', async (trial) => {
    if (trial.opened.service?.revoke === undefined) return;
    trial.opened.service.revoke();
    const error = await trial.failure(trial.list(), 'E_CREDENTIALS');
    assert.equal(error.plugin, name);
    assert.equal(error.reach, 'run');
    assert.equal(error.retryable, false);
    assert.ok(error.hint, 'there is no remedy');
    for (const secret of trial.opened.secrets ?? []) assert.ok(!error.describe().includes(secret), 'it is repeated');
  });

  check('the cheapest call proves a good credential and finds out a refused one', async (trial) => {
    if (trial.source.check === undefined) return;
    await trial.ends(trial.source.check());
    if (trial.opened.service?.revoke === undefined) return;
    trial.opened.service.revoke();
    await trial.failure(trial.source.check(), 'E_CREDENTIALS');
  });
}
