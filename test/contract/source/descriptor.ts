import assert from 'node:assert/strict';
import type { SourceContract } from '../source-contract.js';

/** Addresses that lead to this machine itself: nobody can listen on the way. */
const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/u;

/** What a source says about itself is enough to choose it by, and costs nothing. */
export function descriptor({ plain, check, harness }: SourceContract): void {
  const { descriptor: own } = harness;

  plain('it is a source with a name that commands take, and texts for a person', () => {
    assert.equal(own.kind, 'source');
    assert.match(own.name, /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/u);
    for (const text of [own.title, own.description, own.references]) assert.match(text, /\S/u);
  });

  plain('its service has an https address, or one of this machine, without a final slash', () => {
    const url = new URL(own.baseUrl);
    if (url.protocol !== 'http:' || !LOOPBACK.test(url.hostname)) assert.equal(url.protocol, 'https:');
    assert.equal(url.search + url.hash + url.username + url.password, '');
    assert.doesNotMatch(own.baseUrl, /\/$/u);
  });

  plain('the declared capabilities are possible', () => {
    const { concurrency } = own.capabilities;
    assert.ok(Number.isInteger(concurrency) && concurrency >= 1 && concurrency <= 64);
  });

  plain('its options have names that a command line takes, and descriptions', () => {
    for (const option of own.options ?? []) {
      assert.match(option.name, /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/u);
      assert.match(option.description, /\S/u);
    }
  });

  plain('terms are an address where they can be read', () => {
    if (own.terms !== undefined) assert.equal(new URL(own.terms.url).protocol, 'https:');
  });

  plain('loading the body twice gives the same one', async () => {
    const [first, second] = await Promise.all([own.load(), own.load()]);
    assert.equal(typeof first.create, 'function');
    assert.equal(first, second);
  });

  check('a body that was made has asked for nothing yet', async (trial) => {
    await trial.settle();
    assert.equal(trial.opened.service?.requests() ?? 0, 0);
  });

  check('a source lists a history if and only if it says so', async (trial) => {
    assert.equal(typeof trial.source.all === 'function', own.capabilities.all);
  });
}
