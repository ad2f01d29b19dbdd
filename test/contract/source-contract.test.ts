import { describe, expect, test } from '@jest/globals';
import { GOOD_TOKEN, MemoryService, type NewTask } from '../support/memory-service.js';
import {
  MemorySource,
  type MemorySourceOptions,
  memoryDescriptor,
  type SourceFault,
} from '../support/memory-source.js';
import { type SourceHarness, sourceContract } from './source-contract.js';

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
    ['gives items to what is absent', 'what is absent is in the history, without items'],
    ['counts items of what is absent', 'what is absent is in the history, without items'],
    ['leaves out what is absent', 'what is absent is in the history, without items'],
    ['ends pages where there are items alone', 'where pages end is told at their last task, whatever that is'],
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
    [
      'has its service at an http address',
      'its service has an https address, or one of this machine, without a final slash',
    ],
  ])('one that %s fails: %s', async (fault, name) => {
    const body = checksFor({ inline: false, fault }).get(name);
    expect(body).toBeDefined();
    await expect(body?.()).rejects.toThrow();
  });
});

describe('what differs from source to source is said, and changes no more than that', () => {
  const LOCATED = 'locating what is not there is E_NOT_FOUND that names the plugin';
  const ADDRESS = 'its service has an https address, or one of this machine, without a final slash';
  const FOREIGN = 'it does not recognise what belongs to others or has no form';
  const OWN = 'it recognises every form of its own references';
  const FIRST = 'no page of the history is asked for before it is needed';
  const passes = (name: string, ...given: Parameters<typeof checksFor>) =>
    expect(checksFor(...given).get(name)?.()).resolves.toBeUndefined();
  const fails = (name: string, ...given: Parameters<typeof checksFor>) =>
    expect(checksFor(...given).get(name)?.()).rejects.toThrow();
  const links: Kind = { inline: false };
  const own = memoryDescriptor({ service: new MemoryService() });

  test('ids that differ in their last character alone do not pass for what is not there', async () => {
    const ids = [...'0123456789'].map((last) => `item-${last}`);
    await passes(LOCATED, links, {}, { ids });
    await fails(
      LOCATED,
      links,
      {},
      { ids: [...ids, ...[...'abcdefghijklmnopqrstuvwxyz'].map((last) => `item-${last}`)] },
    );
  });

  test.each([
    ['http://127.0.0.1:8188', true],
    ['http://localhost:8188/studio', true],
    ['http://[::1]', true],
    ['http://127.0.0.1:8188/', false],
    ['http://127.0.0.1.example.org', false],
    ['http://localhost.example.org', false],
    ['http://192.168.1.20:8188', false],
    ['ftp://127.0.0.1', false],
  ])('%s is an address that a service may have: %s', async (baseUrl, may) => {
    await (may ? passes : fails)(ADDRESS, links, { descriptor: { ...own, baseUrl } });
  });

  test('paths are references of a source that says so, and of no other', async () => {
    const paths = ['.', '..', '/'];
    const recognise: typeof own.recognise = (reference) =>
      paths.includes(reference) ? { confidence: 'certain', reference } : own.recognise(reference);
    const descriptor = { ...own, recognise };
    await passes(FOREIGN, links, { descriptor, paths: true });
    await passes(OWN, links, { descriptor, paths: true });
    await fails(OWN, links, { paths: true });
    await fails(FOREIGN, links, { descriptor });
  });

  test('links of one item each are renewed one by one, where that is said', async () => {
    const each: Kind = { inline: false, fault: 'renews for each caller' };
    const [together, oneByOne] = [
      'renewals of one task at the same time share one request',
      'renewals of one task at the same time ask once for each item',
    ];
    await passes(oneByOne, each, { renews: 'item' });
    await fails(oneByOne, links, { renews: 'item' });
    expect(checksFor(each, { renews: 'item' }).has(together)).toBe(false);
  });

  test('a first page costs as many requests as is said, and no more', async () => {
    await fails(FIRST, links, { firstPageRequests: 2 });
  });

  test('what is absent is what was said', async () => {
    await fails('what is absent is in the history, without items', links, { absent: ['gone'] });
  });
});

/**
 * The suite's checks by name, bound to nothing.
 * @param more What the harness says otherwise.
 * @param task What its tasks are.
 */
function checksFor(
  kind: Kind,
  more: Partial<SourceHarness> = {},
  task: NewTask = {},
): Map<string, () => Promise<void>> {
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
      service.endsPages = true;
      service.add({ count: 0, facts: { absent: 'gone' } });
      for (let number = 0; number < 5; number += 1) service.add({ count: 3, companions: 1, ...task });
      service.add({ count: 0, facts: { absent: 'pending' } });
      const source = new MemorySource({ service, token, ...kind });
      return { source, reference: 'task-000002', unknown: 'task-999999', secrets: [token], service };
    },
    recognised: ['task-000001', 'task-aB3dE5f'],
    foreign: ['imgur:aB3dE5f', 'https://example.com/task-000001', 'task-', 'generation-000001'],
    wrongCredentials: ['sk-0123456789', 'mem-', ''],
    historyPages: 4,
    absent: ['pending', 'gone'],
    patience: kind.fault === undefined ? 20_000 : 300,
    ...more,
  });
  return checks;
}
