import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { AlbarettoError } from '../src/errors.js';
import type { Sink, SinkDescriptor, SourceDescriptor } from '../src/plugin.js';
import { Session } from '../src/session.js';
import { testSink, testSource } from './support/plugins.js';
import { openShellRig, type ShellRig } from './support/shell-rig.js';

let rig: ShellRig;
/** What was made and closed, in order. */
let story: string[];

const PACE = { start: 1, burst: 1, floor: 1, ceiling: 1 };

function sink(name: string, more: Partial<SinkDescriptor> = {}, own: Partial<Sink> = {}): SinkDescriptor {
  return testSink(name, {
    load: async () => ({
      create: ({ arguments: words }) => {
        story.push(`made ${[name, ...words].join(' ')}`);
        return {
          describe: () => name,
          open: () => Promise.reject(new Error('it is not opened here')),
          close: async () => void story.push(`closed ${name}`),
          ...own,
        };
      },
    }),
    ...more,
  });
}

function source(name: string, close: () => Promise<void>): SourceDescriptor {
  return testSource(name, {
    load: async () => ({
      create: () => ({
        open: () => rig.session.planned as never,
        locate: () => Promise.reject(new Error('no')),
        close,
      }),
    }),
  });
}

async function open(
  plugins: (SinkDescriptor | SourceDescriptor)[],
  started: { sink: string; sinkArguments?: string[] },
): Promise<Session> {
  rig = await openShellRig({ plugins });
  return new Session(rig.session.runtime, {
    source: 'memory',
    sink: started.sink,
    sinkArguments: started.sinkArguments ?? [],
  });
}

beforeEach(() => {
  story = [];
});
afterEach(() => rig.close());

describe('a sink', () => {
  test('is made on first use, once, with its words of the command line', async () => {
    const session = await open([sink('drive')], { sink: 'drive', sinkArguments: ['credentials.json'] });
    expect(story).toEqual([]);
    const [one, other] = await Promise.all([session.sink(), session.sink()]);
    expect(one).toBe(other);
    expect(await session.sink('drive')).toBe(one);
    expect(story).toEqual(['made drive credentials.json']);
    await session.close();
  });

  test('that the program was started with keeps its words while another is current', async () => {
    const session = await open([sink('drive'), sink('disk')], { sink: 'drive', sinkArguments: ['credentials.json'] });
    await session.useSink('disk', []);
    await session.sink('drive');
    await session.sink();
    await session.useSink('drive', []);
    await session.sink();
    expect(story).toEqual(['made drive credentials.json', 'made disk', 'closed drive', 'made drive credentials.json']);
    await session.close();
  });

  test('that is chosen with other words is made anew', async () => {
    const session = await open([sink('drive')], { sink: 'drive', sinkArguments: ['one.json'] });
    await session.sink();
    await session.useSink('drive', ['two.json']);
    await session.sink();
    expect(story).toEqual(['made drive one.json', 'closed drive', 'made drive two.json']);
    await session.close();
  });

  test('that could not be made is tried again by the next command', async () => {
    let tries = 0;
    const load = async () => {
      tries += 1;
      if (tries === 1) throw new AlbarettoError({ code: 'E_CREDENTIALS', message: 'no credentials' });
      return { create: () => ({}) as Sink };
    };
    const session = await open([testSink('drive', { load })], { sink: 'drive' });
    await expect(session.sink()).rejects.toMatchObject({ code: 'E_CREDENTIALS' });
    await expect(session.sink()).resolves.toBeDefined();
    await session.close();
  });

  test('that is not there changes nothing', async () => {
    const session = await open([sink('drive')], { sink: 'drive' });
    await expect(session.useSink('nowhere', [])).rejects.toMatchObject({ code: 'E_USAGE' });
    expect(() => session.useSource('nowhere')).toThrow(expect.objectContaining({ code: 'E_USAGE' }));
    expect([session.sinkName, session.sourceName]).toEqual(['drive', 'memory']);
  });
});

test('one pacer serves all commands of a session, and sinks without a limit have none', async () => {
  const capabilities = { ...testSink('x').capabilities, pace: PACE };
  const session = await open([sink('drive', { capabilities }), sink('disk')], { sink: 'drive' });
  expect(session.pacer('drive')).toBeDefined();
  expect(session.pacer('drive')).toBe(session.pacer('drive'));
  expect(session.pacer('disk')).toBeUndefined();
});

test('closing closes everything that was opened, also where one of them fails', async () => {
  const broken = source('broken', async () => {
    story.push('closed broken');
    throw new Error('it does not close');
  });
  const good = source('good', async () => void story.push('closed good'));
  const session = await open([broken, good, sink('drive'), sink('disk')], { sink: 'drive' });
  await Promise.all([session.source('broken'), session.source('good'), session.sink('drive'), session.sink('disk')]);
  story.length = 0;
  await session.close();
  expect(story.sort()).toEqual(['closed broken', 'closed disk', 'closed drive', 'closed good']);
});

test('closing a session in which nothing was opened does nothing', async () => {
  const session = await open([sink('drive')], { sink: 'drive' });
  await session.close();
  expect(story).toEqual([]);
});
