/**
 * The checks that every source passes, offline, against whatever stands in for its service.
 *
 * Bound to no test runner: a plugin's own test hands in its runner's `test` and says what its fake offers.
 *
 *     sourceContract({ test }, { descriptor, open: async () => ({ source, reference, unknown, service, close }), … });
 *
 * No check is skipped by hand: what a source declares and what its fake can do decide which promises it is held to.
 */

import type { Item, Source, SourceDescriptor, Task } from '../../src/plugin.js';
import { aborts } from './source/aborts.js';
import { credentials } from './source/credentials.js';
import { descriptor } from './source/descriptor.js';
import { failures } from './source/failures.js';
import { history } from './source/history.js';
import { items } from './source/items.js';
import { listing } from './source/listing.js';
import { locating } from './source/locating.js';
import { recognition } from './source/recognition.js';
import { Trial } from './source/trial.js';

/** What stands in for the service. Requests for media are not counted: no source makes any. */
export interface FakeService {
  /** How many requests have come. */
  requests(): number;
  /** How many of them have no whole answer yet and were not given up. */
  running(): number;
  /** From now on nothing is answered. */
  stall(): void;
  /** From now on everything is refused with these words, for a reason that has nothing to do with who asks. */
  refuse(words: string): void;
  /** The credential is refused from now on; for sources that have one. */
  revoke?(): void;
  /**
   * The service's own record of an item, as it was last sent and in the shape of the item's `raw`: JSON text with the
   * signed links whole.
   */
  record?(item: Item): string;
}

/** A fresh source over a fresh fake. */
export interface OpenedSource {
  readonly source: Source;
  /** Names one finished task with several items, in the form that `open` takes. */
  readonly reference: string;
  /** Of the right form, and nothing that the service has. */
  readonly unknown: string;
  /** What must be in no item: the credential. */
  readonly secrets?: readonly string[];
  /** Hosts of the fake, which may be reached by http. Everywhere else links are https. */
  readonly hosts?: readonly string[];
  /** Absent for a source without a service. */
  readonly service?: FakeService;
  close?(): Promise<void>;
}

export interface SourceHarness {
  readonly descriptor: SourceDescriptor;
  /**
   * Called once a check.
   *
   * @param credential As a person pasted it; a good one where it is left out.
   */
  open(credential?: string): Promise<OpenedSource>;
  /** References of every form that is the source's own, as a person types them. */
  readonly recognised: readonly string[];
  /** References that are not: of other services, or of no form at all. */
  readonly foreign: readonly string[];
  /** For sources with a credential: what people paste in place of it. */
  readonly wrongCredentials?: readonly string[];
  /** Whether a path is a reference: then `.`, `..` and `/` are recognised, which no other source has a use for. */
  readonly paths?: boolean;
  /** How many pages the fake's history has, for sources that list one; at least 2 where the service has pages. */
  readonly historyPages?: number;
  /** How many requests the first page of the history costs. Default: 1. */
  readonly firstPageRequests?: number;
  /** What the fake's history has besides tasks with items: what is still being made, what is deleted. Default: neither. */
  readonly absent?: readonly NonNullable<Task['absent']>[];
  /** What a renewal asks the service for: all links of a task at once (the default), or the link of one item. */
  readonly renews?: 'task' | 'item';
  /** Milliseconds after which something counts as waiting for ever. Default: 20,000. */
  readonly patience?: number;
}

export interface TestRunner {
  /** The runner's own `test`: registers one check. */
  test(name: string, body: () => Promise<void>): void;
}

/** What the groups of checks are given. */
export interface SourceContract {
  readonly harness: SourceHarness;
  /** A promise that needs no open source. */
  plain(name: string, body: () => void | Promise<void>): void;
  /** One promise, checked against a fresh source. */
  check(name: string, body: (trial: Trial) => Promise<void>): void;
}

const GROUPS: readonly ((contract: SourceContract) => void)[] = [
  descriptor,
  recognition,
  credentials,
  listing,
  items,
  history,
  locating,
  aborts,
  failures,
];

/** Registers every check that the descriptor and the harness call for. */
export function sourceContract(runner: TestRunner, harness: SourceHarness): void {
  const contract: SourceContract = {
    harness,
    plain: (name, body) => runner.test(name, async () => body()),
    check: (name, body) =>
      runner.test(name, async () => {
        const opened = await harness.open();
        try {
          await body(new Trial(opened, harness));
        } finally {
          await opened.source.close?.();
          await opened.close?.();
        }
      }),
  };
  for (const group of GROUPS) group(contract);
}
