import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { Agent } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import { disk } from '../../src/disk.js';
import { AlbarettoError } from '../../src/errors.js';
import { trustedPlace } from '../../src/http/address.js';
import { type Agents, createAgents } from '../../src/http/agents.js';
import { createHttpClient, type HttpClient, type Timeouts } from '../../src/http/client.js';
import type { Source } from '../../src/plugin.js';
import { printable } from '../../src/printable.js';
import { type Downloaded, download } from '../../src/transfer/download.js';
import { createMemoryBudget, openSpoolWriter } from '../../src/transfer/spool.js';
import { until } from '../http/support.js';
import { VirtualClock } from '../support/virtual-clock.js';
import { type Behaviour, PICTURE } from './behaviours/behaviour.js';
import { CONTENTS } from './behaviours/contents.js';
import { ENDINGS } from './behaviours/endings.js';
import { FRAMING } from './behaviours/framing.js';
import { HEADS } from './behaviours/heads.js';
import { RANGES } from './behaviours/ranges.js';
import { REDIRECTS } from './behaviours/redirects.js';
import { REFUSALS } from './behaviours/refusals.js';
import { type ScriptedServer, startScriptedServer } from './behaviours/scripted-server.js';
import { TLS } from './behaviours/tls.js';
import { below } from './folders.js';

const closing: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** Long enough for any machine; what is to run out is shortened by the behaviour itself. */
const PATIENT: Timeouts = { connect: 10_000, firstByte: 10_000, idle: 10_000, whole: 20_000 };
/** Less than the picture, so that each body goes from memory to the disk in its middle. */
const MEMORY = 2_000;

/** The servers of one behaviour, and a download from them. */
async function play(behaviour: Behaviour) {
  const folder = mkdtempSync(join(tmpdir(), 'albaretto-behaviours-'));
  closing.push(() => rmSync(folder, { recursive: true, force: true }));
  const other = behaviour.other === undefined ? undefined : await startScriptedServer({ script: behaviour.other });
  const tls = await behaviour.tls?.();
  const server = await startScriptedServer({
    script: behaviour.script,
    onConnection: behaviour.onConnection,
    secure: behaviour.secure,
    tls,
    other: other?.origin,
  });
  closing.push(
    () => server.close(),
    () => other?.close(),
  );
  const agents = createAgents({ environmentProxy: () => '', cacert: believedFile(tls?.believed, folder) });
  const client = createHttpClient({ agents, userAgent: 'albaretto-test' });
  closing.push(() => client.close());
  const clock = new VirtualClock();
  const budget = createMemoryBudget(MEMORY);
  const spool = join(folder, 'spool');
  await disk.makeFolder(spool);
  const work = download({ id: 'picture-1', taskId: 'task-1', ...behaviour.wanted }, source(behaviour, server), {
    client: impatient(client, behaviour.limits),
    plugin: 'test',
    // The second server has the same name.
    trusted: [{ ...trustedPlace(server.origin), plain: true }],
    maxBytes: behaviour.maxBytes ?? 10_000_000,
    retry: { sleep: clock.sleep, random: () => 1 },
    now: clock.now,
    openSpool: () => openSpoolWriter({ budget, disk, folder: async () => spool }),
  });
  const outcome = await work.catch((thrown: unknown) => thrown);
  return { outcome, server, other, agents, client, clock, budget, spool };
}

function believedFile(pem: string | undefined, folder: string): string | undefined {
  if (pem === undefined) return undefined;
  writeFileSync(join(folder, 'believed.pem'), pem);
  return join(folder, 'believed.pem');
}

/** A source whose first link has one signature and whose renewed one has another. */
function source({ location }: Behaviour, server: ScriptedServer): Source {
  let links = 0;
  return {
    open: () => {
      throw new Error('nothing is listed here');
    },
    async locate() {
      links += 1;
      return { kind: 'request', url: `${server.origin}/picture.png?sig=secret-${links}`, ...location };
    },
  };
}

function impatient(client: HttpClient, limits: Partial<Timeouts> = {}): HttpClient {
  return {
    open: (exchange) => client.open({ ...exchange, timeouts: { ...PATIENT, ...limits } }),
    close: () => client.close(),
  };
}

/** Connections on which something is still under way. */
function busySockets(agents: Agents, origin: string): number {
  const { http, https } = agents.agentsFor(new URL(origin), true);
  const away = agents.agentsFor(new URL(origin), false);
  const inUse = (agent: Agent) => Object.values(agent.sockets).flatMap((sockets) => sockets ?? []).length;
  return [http, https, away.http, away.https].reduce((sum, agent) => sum + inUse(agent), 0);
}

async function wholeOf({ bytes }: Downloaded): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of bytes.open()) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function expectBytes(outcome: unknown, body: Buffer): Promise<void> {
  if (outcome instanceof Error) throw outcome;
  const downloaded = outcome as Downloaded;
  expect((await wholeOf(downloaded)).equals(body)).toBe(true);
  expect(downloaded.bytes.size).toBe(body.length);
  await downloaded.bytes.release();
}

function expectFailure(outcome: unknown, code: string): void {
  if (!(outcome instanceof Error)) throw new Error('it was accepted');
  expect(outcome).toBeInstanceOf(AlbarettoError);
  const failure = outcome as AlbarettoError;
  expect([failure.code, failure.plugin]).toEqual([code, 'test']);
  expect(failure.describe()).toBe(printable(failure.describe()));
  expect(failure.describe()).not.toMatch(/secret|password/u);
}

const TABLE: Readonly<Record<string, readonly Behaviour[]>> = {
  'the end of a body': FRAMING,
  'the head of an answer': HEADS,
  'the end of a connection': ENDINGS,
  'what is in a body': CONTENTS,
  'the rest of a body': RANGES,
  'the way to a body': REDIRECTS,
  refusals: REFUSALS,
  TLS,
};

describe.each(Object.entries(TABLE))('%s: a server that', (_theme, behaviours) => {
  test.each(behaviours.map((behaviour) => [behaviour.name, behaviour] as const))('%s', async (_name, behaviour) => {
    const { outcome, server, other, agents, client, clock, budget, spool } = await play(behaviour);
    if (behaviour.expect === 'bytes') await expectBytes(outcome, behaviour.body ?? PICTURE);
    else expectFailure(outcome, behaviour.expect);

    const { requests } = behaviour;
    const seen = behaviour.onConnection === undefined ? server.arrivals.length : server.connections;
    if (requests !== undefined) expect({ requests: seen }).toEqual({ requests });
    if (behaviour.waits !== undefined) expect(clock.waits).toEqual(behaviour.waits);
    behaviour.check?.(server.arrivals, other?.arrivals ?? []);

    // Nothing is left: no file, no memory, no connection on which anything is under way; and then none at all.
    expect([below(spool), budget.used]).toEqual([[], 0]);
    await until(() => busySockets(agents, server.origin) === 0);
    client.close();
    await until(() => server.sockets.size + (other?.sockets.size ?? 0) === 0);
  });
});

test('the table has every behaviour once', () => {
  const names = Object.values(TABLE).flatMap((behaviours) => behaviours.map(({ name }) => name));
  expect(new Set(names).size).toBe(names.length);
  expect(names.length).toBeGreaterThanOrEqual(60);
});
