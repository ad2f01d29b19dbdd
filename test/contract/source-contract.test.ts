import { describe, expect, test } from '@jest/globals';
import { GOOD_TOKEN, MemoryService } from '../support/memory-service.js';
import {
  MemorySource,
  type MemorySourceOptions,
  memoryDescriptor,
  type SourceFault,
} from '../support/memory-source.js';
import { sourceContract } from './source-contract.js';

type Kind = Pick<MemorySourceOptions, 'inline' | 'fault'>;

/** A service with signed links and a token, and one whose answers bring the bytes and that asks nobody who they are. */
const KINDS: Readonly<Record<string, Kind>> = { links: { inline: false }, 'inline bytes': { inline: true } };

describe.each(Object.entries(KINDS))('a source with %s that keeps its promises passes', (_name, kind) => {
  for (const [name, body] of checksFor(kind)) test(name, body);
});

test('there are many checks for every kind of source', () => {
  for (const kind of Object.values(KINDS)) expect(checksFor(kind).size).toBeGreaterThan(45);
});

describe('a source that breaks a promise is found out', () => {
  test.each<[SourceFault, string]>([
    ['numbers from zero', 'items are numbered from 1 without gaps'],
    ['repeats an id', 'ids are unique, also among companions'],
    ['makes new ids each time', 'a second listing has the same ids in the same order'],
    ['keeps a function in its items', 'items are plain data that can be copied and written down'],
    ['keeps the signed link', 'no item and no task holds a signed link or a secret'],
    ['keeps the token', 'no item and no task holds a signed link or a secret'],
    ['drops a field', 'raw keeps every field of the record, and every number as it was written'],
    ['rounds numbers', 'raw keeps every field of the record, and every number as it was written'],
    ['forgets to list what it left out', 'raw is JSON, and lists each link whose query it left out'],
    ['takes paths for ids', 'ids hold no path and no control characters'],
    ['asks before it is asked', 'opening asks for nothing before something is taken'],
    ['reads ahead', 'no page of the history is asked for before it is needed'],
    ['lists the oldest first', 'the history has each task once, newest first'],
    ['lists a task twice', 'the history has each task once, newest first'],
    ['ignores aborts', 'opening with an aborted signal is an interruption, and asks for nothing'],
    ['ignores aborts', 'an abort while the service answers nothing ends the request'],
    ['leaves its requests running', 'an abort while the service answers nothing ends the request'],
    ['lists on after an abort', 'an abort between two items is an interruption'],
    ['makes something up for an unknown reference', 'a reference to nothing is E_NOT_FOUND that names the plugin'],
    ['links by http', 'every item has an https link, or its bytes'],
    ['makes something up for an unknown item', 'locating what is not there is E_NOT_FOUND that names the plugin'],
    ['renews nothing', 'a renewal asks the service again'],
    ['renews for each caller', 'renewals of one task at the same time share one request'],
    ['ends all callers with one', 'a renewal that one caller gives up still serves the others'],
    ['lets raw errors out', 'a refusal is told in the words of the service'],
    ['speaks without its name', 'a refusal is told in the words of the service'],
    ['keeps the words of the service to itself', 'a refusal is told in the words of the service'],
    ['passes control characters on', 'the words of a service are made printable'],
    ['asks with any token', 'with "sk-0123456789" nothing is asked of the service'],
    ['repeats a wrong token', '"sk-0123456789" is refused with a remedy, and not repeated'],
    ['throws for odd references', 'it never throws, whatever the text'],
    ['recognises everything', 'it does not recognise what belongs to others or has no form'],
    ['changes its mind', 'it answers the same for the same text'],
    ['changes what it recognised', 'what it answers is recognised as itself'],
  ])('one that %s fails: %s', async (fault, name) => {
    const body = checksFor({ inline: false, fault }).get(name);
    expect(body).toBeDefined();
    await expect(body?.()).rejects.toThrow();
  });
});

/** The suite's checks by name, bound to nothing. */
function checksFor(kind: Kind): Map<string, () => Promise<void>> {
  const checks = new Map<string, () => Promise<void>>();
  const descriptor = memoryDescriptor({ service: new MemoryService(), ...kind });
  const runner = {
    test(name: string, body: () => Promise<void>) {
      if (checks.has(name)) throw new Error(`two checks are called ${name}`);
      checks.set(name, body);
    },
  };
  sourceContract(runner, {
    descriptor,
    async open(token = GOOD_TOKEN) {
      const service = new MemoryService();
      for (let number = 0; number < 5; number += 1) service.add({ count: 3, companions: 1 });
      const source = new MemorySource({ service, token, ...kind });
      return { source, reference: 'task-000002', unknown: 'task-999999', secrets: [token], service };
    },
    recognised: ['task-000001', 'task-aB3dE5f'],
    foreign: ['imgur:aB3dE5f', 'https://example.com/task-000001', 'task-', 'generation-000001'],
    wrongCredentials: ['sk-0123456789', 'mem-', ''],
    historyPages: 3,
    patience: kind.fault === undefined ? 20_000 : 300,
  });
  return checks;
}
