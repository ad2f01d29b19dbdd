import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { SourceContract } from '../source-contract.js';

/** Recognising is looking at text: total, without memory, and done once. */
export function recognition({ plain, harness }: SourceContract): void {
  const { descriptor } = harness;
  const paths = ['.', '..', '/'];
  const odd = [
    '',
    ' ',
    ...(harness.paths === true ? [] : paths),
    '?',
    '#',
    '%',
    '%zz',
    'http://',
    'https://[',
    `${descriptor.name}:`,
    '\0',
    '\ud800',
  ];
  const texts = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string({ unit: 'grapheme' }),
    fc.webUrl({ withFragments: true, withQueryParameters: true }),
    fc.constantFrom(...harness.recognised, ...paths, ...odd),
    // What is nearly a reference: one with something put into it.
    fc
      .tuple(fc.constantFrom(...harness.recognised), fc.string({ unit: 'binary', maxLength: 3 }), fc.nat(80))
      .map(([text, inserted, at]) => text.slice(0, at) + inserted + text.slice(at)),
  );

  plain('it recognises every form of its own references', () => {
    const own = harness.paths === true ? [...harness.recognised, ...paths] : harness.recognised;
    for (const typed of own) assert.ok(descriptor.recognise(typed), `${typed} is not recognised`);
  });

  plain('it does not recognise what belongs to others or has no form', () => {
    for (const typed of [...harness.foreign, ...odd]) {
      assert.equal(descriptor.recognise(typed), undefined, `${JSON.stringify(typed)} is recognised`);
    }
  });

  plain('it never throws, whatever the text', () => {
    fc.assert(
      fc.property(texts, (text) => void descriptor.recognise(text)),
      { numRuns: 2000 },
    );
  });

  plain('it answers the same for the same text', () => {
    fc.assert(fc.property(texts, (text) => assert.deepEqual(descriptor.recognise(text), descriptor.recognise(text))));
  });

  plain('what it answers is recognised as itself', () => {
    const settled = (text: string) => {
      const found = descriptor.recognise(text);
      if (found === undefined) return;
      assert.ok(['certain', 'possible', 'if-chosen'].includes(found.confidence));
      assert.doesNotMatch(found.reference, /[\u0000-\u001f\u007f]/u);
      assert.equal(descriptor.recognise(found.reference)?.reference, found.reference);
    };
    fc.assert(fc.property(texts, settled), { numRuns: 1000 });
  });
}
