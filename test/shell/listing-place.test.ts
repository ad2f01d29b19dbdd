import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Item } from '../../src/plugin.js';
import { listingPlace, NO_PLACE } from '../../src/shell/listing-place.js';
import { fetchedItem } from '../support/fetched.js';

const RUNS = process.env.ALBARETTO_SWEEP === 'whole' ? 6_000 : 2_000;

const TEMPLATE = fetchedItem().item;
const itemsOf = (count: number): Item[] =>
  Array.from({ length: count }, (_, at) => ({ ...TEMPLATE, id: `g${at + 1}` }));

describe('the place of a listing', () => {
  const [a, b, c] = itemsOf(3) as [Item, Item, Item];

  test('is the mark of the last item that is done with, once all before it are', () => {
    const place = listingPlace(undefined);
    place.mark(b, 'behind b');
    place.done(a);
    expect(place.cursor).toBeUndefined();
    place.done(b);
    expect(place.cursor).toBe('behind b');
    place.done(c);
    expect(place.cursor).toBe('behind b');
  });

  test('is known also where the mark comes a little later than the item is done with', () => {
    const place = listingPlace(undefined);
    place.done(a);
    place.mark(a, 'behind a');
    expect(place.cursor).toBe('behind a');
  });

  test('stays where it was, as long as nothing is done with', () => {
    const place = listingPlace('from before');
    expect(place.cursor).toBe('from before');
    place.mark(a, 'behind a');
    expect(place.cursor).toBe('from before');
  });

  test('goes no further once something has failed', () => {
    const place = listingPlace(undefined);
    place.mark(a, 'behind a');
    place.mark(b, 'behind b');
    place.done(a);
    place.stop();
    place.done(b);
    place.mark(c, 'behind c');
    place.done(c);
    expect(place.cursor).toBe('behind a');
  });

  test('that comes from before is taken off the record when the list is walked from its beginning', () => {
    const place = listingPlace('from before');
    place.restart();
    expect(place.cursor).toBe(NO_PLACE);
    place.mark(a, 'behind a');
    place.done(a);
    expect(place.cursor).toBe('behind a');
  });
});

type Step = { readonly kind: 'mark'; readonly at: number } | { readonly kind: 'done' | 'fail' | 'restart' };

const anySteps: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.oneof(
    { arbitrary: fc.record({ kind: fc.constant('mark' as const), at: fc.nat({ max: 19 }) }), weight: 6 },
    { arbitrary: fc.record({ kind: fc.constant('done' as const) }), weight: 8 },
    { arbitrary: fc.record({ kind: fc.constant('fail' as const) }), weight: 1 },
    { arbitrary: fc.record({ kind: fc.constant('restart' as const) }), weight: 1 },
  ),
  { maxLength: 60 },
);

test('whatever the order of marks, items and failures, nothing that is not done with lies before the place', () => {
  fc.assert(
    fc.property(anySteps, fc.option(fc.constant('from before'), { nil: undefined }), (steps, initial) => {
      const items = itemsOf(20);
      const place = listingPlace(initial);
      /** How many, from the first on, were settled; and the first that was not done with. */
      let next = 0;
      let firstFailed = Number.POSITIVE_INFINITY;
      let restarted = false;
      for (const step of steps) {
        if (step.kind === 'mark') place.mark(items[step.at]!, `behind ${step.at}`);
        else if (step.kind === 'restart') {
          place.restart();
          restarted = true;
        } else if (next < items.length) {
          if (step.kind === 'done') place.done(items[next]!);
          else {
            place.stop();
            firstFailed = Math.min(firstFailed, next);
          }
          next += 1;
        }
        const { cursor } = place;
        if (cursor === initial) expect(restarted && initial !== undefined).toBe(false);
        else if (cursor !== NO_PLACE) {
          const behind = Number(/^behind (\d+)$/u.exec(cursor!)![1]);
          expect(behind).toBeLessThan(Math.min(next, firstFailed));
        }
      }
    }),
    { numRuns: RUNS },
  );
});

test('as a listing gives marks and items, the place is always the last one that it can be', () => {
  // Pages of some items; the listing is ahead of what is done with by any number of items.
  const pages = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(pages, fc.infiniteStream(fc.nat({ max: 12 })), (sizes, aheads) => {
      const items = itemsOf(sizes.reduce((sum, size) => sum + size, 0));
      const ends = sizes.map((_size, at) => sizes.slice(0, at + 1).reduce((sum, size) => sum + size, 0) - 1);
      const place = listingPlace(undefined);
      let listed = 0;
      for (let done = 0; done < items.length; done += 1) {
        const ahead = aheads.next().value ?? 0;
        // The end of a page is known when the list is asked for more.
        while (listed < Math.min(items.length, done + 1 + ahead)) {
          if (ends.includes(listed - 1)) place.mark(items[listed - 1]!, `behind ${listed - 1}`);
          listed += 1;
        }
        place.done(items[done]!);
        const reached = ends.filter((end) => end <= done && end < listed - 1).at(-1);
        expect(place.cursor).toBe(reached === undefined ? undefined : `behind ${reached}`);
      }
      place.mark(items.at(-1)!, 'the end');
      expect(place.cursor).toBe('the end');
    }),
    { numRuns: RUNS / 2 },
  );
});

test('the items of a list without marks are not kept: it may be of any length', async () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const place = listingPlace(undefined);
  const watched: WeakRef<Item>[] = [];
  for (const item of itemsOf(1000)) {
    place.done(item);
    watched.push(new WeakRef(item));
  }
  await new Promise(setImmediate);
  collect();
  expect(watched.filter((item) => item.deref() !== undefined).length).toBeLessThan(10);
  expect(place.cursor).toBeUndefined();
});
