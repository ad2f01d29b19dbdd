import { readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { openSandbox, runProgram, type Sandbox } from '../support/program.js';
import { type Services, startServices } from '../support/services.js';

let services: Services;
let sandbox: Sandbox;

beforeEach(async () => {
  services = await startServices();
  sandbox = openSandbox();
});
afterEach(async () => {
  await services.close();
  sandbox.remove();
});

const run = (line: string | string[], given: { args?: string[]; env?: Record<string, string>; sink?: string[] } = {}) =>
  runProgram(sandbox, {
    args: [
      ...(given.sink ?? ['local-filesystem']),
      ...[line].flat().flatMap((text) => ['-c', text]),
      ...(given.args ?? []),
    ],
    env: given.env ?? services.env,
  });
const downloads = () => services.dalle2.requests.filter((request) => request.host === 'blob').length;
const names = (...folder: string[]) => readdirSync(sandbox.path(...folder)).sort();
const lines = (text: string) => text.trimEnd().split('\n');

/** Changes one bit in the middle of a file, where no format has a check of its own. */
function damage(...parts: string[]): void {
  const bytes = readFileSync(sandbox.path(...parts));
  bytes[bytes.length >> 1]! ^= 1;
  writeFileSync(sandbox.path(...parts), bytes);
}

describe('an archive that is looked after', () => {
  test('a bit that flipped and a file that vanished are found, named and put back', async () => {
    const task = services.dalle2.addTask({ caption: 'a tin robot', count: 4 });
    const ids = task.generations.map(({ id }) => id);
    await run(`fetch ${task.id} | save pics`);
    const whole = await run('verify pics');
    expect([whole.code, whole.stderr]).toEqual([0, '']);
    expect(whole.stdout).toMatch(/^ {2}✓ 8 files are whole \(.+\)\n$/u);

    damage('pics', `${ids[0]}.webp`);
    rmSync(sandbox.path('pics', `${ids[2]}.webp`));
    const found = await run('verify');
    expect(found.code).toBe(1);
    expect(lines(found.stdout).slice(0, 2)).toEqual([
      `  ✗ ${ids[0]}: ${ids[0]}.webp in ${sandbox.path('pics')} is damaged`,
      `  ✗ ${ids[2]}: ${ids[2]}.webp in ${sandbox.path('pics')} is missing`,
    ]);
    expect(found.stdout).toContain('1 missing, 1 damaged, 6 of 8 files whole');

    const before = downloads();
    const repaired = await run('repair pics');
    expect(repaired.code).toBe(0);
    expect(repaired.stdout).toContain('✓ 2 files repaired');
    expect(downloads()).toBe(before + 2);
    expect(names('pics')).toHaveLength(8);
    for (const { id, picture } of task.generations) {
      expect(readFileSync(sandbox.path('pics', `${id}.webp`)).equals(picture)).toBe(true);
    }
    expect((await run('verify')).code).toBe(0);
  });

  test('needs neither the service nor a network nor a token to be verified', async () => {
    const task = services.dalle2.addTask({ count: 2 });
    await run(`fetch ${task.id} | save pics`);
    const nothing = { HTTPS_PROXY: 'http://127.0.0.1:1' };
    expect((await run('verify pics', { env: nothing })).code).toBe(0);
    rmSync(sandbox.path('pics', `${task.generations[0]!.id}.json`));
    expect((await run('verify pics --quick', { env: nothing })).code).toBe(1);
  });

  test('what its service has no more is gone, told once, and not looked for again', async () => {
    const task = services.dalle2.addTask({ count: 2 });
    const { id } = task.generations[0]!;
    await run(`fetch ${task.id} | save pics`);
    rmSync(sandbox.path('pics', `${id}.webp`));
    services.dalle2.faults.inject({ path: new RegExp(id), what: { kind: 'status', status: 404 }, count: 99 });
    const result = await run('repair');
    expect(result.code).toBe(1);
    expect(result.stdout).toContain(`${id}.webp in ${sandbox.path('pics')} is gone: its service has it no more`);
    expect((await run('verify')).code).toBe(0);
    const history = await run('history --state gone');
    expect(lines(history.stdout)).toEqual([expect.stringContaining(`${id}.webp (gone)`)]);
  });

  test('what is saved can be found by its prompt, newest first, for a person and for a program', async () => {
    const robot = services.dalle2.addTask({ caption: 'a tin robot watering ferns', count: 1 });
    const lamp = services.dalle2.addTask({ caption: 'a paper lantern', count: 1 });
    await run([`fetch ${robot.id} | save pics`, `fetch ${lamp.id} | save pics`]);
    const all = await run('history');
    expect(lines(all.stdout).map((line) => line.trim().split(/ {2,}/u)[1])).toEqual(
      [lamp, robot].map((task) => task.generations[0]!.id),
    );
    expect(all.stdout).toContain(`in ${sandbox.path('pics')}  a paper lantern`);
    const some = await run('history FERNS rob --since 1d', { args: ['--json'] });
    const events = lines(some.stdout).map((line) => JSON.parse(line));
    expect(events).toMatchObject([{ v: 1, event: 'record', id: robot.generations[0]!.id, state: 'saved' }]);
    expect((await run('history --json lantern')).stdout).toContain(lamp.generations[0]!.id);
  });

  test('after its catalog was lost, it is adopted, and nothing is fetched again', async () => {
    const task = services.dalle2.addTask({ caption: 'a lighthouse made of glass', count: 3 });
    await run(`fetch ${task.id} | save pics`);
    const catalog = sandbox.path('config', 'catalog.sqlite');
    rmSync(catalog);
    writeFileSync(sandbox.path('pics', 'holiday.jpg'), 'mine');
    const adopted = await run('adopt pics');
    expect(adopted.code).toBe(0);
    expect(adopted.stdout).toBe('  ✓ Adopted 6 files of 3 items, 1 without a sidecar left alone\n');
    expect(adopted.stderr).toContain(`left alone, without a sidecar: ${sandbox.path('pics', 'holiday.jpg')}`);
    expect((await run('adopt pics')).stdout).toBe(adopted.stdout);
    const before = downloads();
    expect((await run(`fetch ${task.id} | save pics`)).stdout).toContain('Already saved');
    expect(downloads()).toBe(before);
    expect(lines((await run('history glass')).stdout)).toHaveLength(3);

    writeFileSync(catalog, readFileSync(catalog).fill(0x55, 50));
    expect((await run('verify')).code).toBe(2);
    const again = await run('adopt pics');
    expect([again.code, again.stderr.includes('the catalog was damaged')]).toEqual([0, true]);
    damage('pics', `${task.generations[1]!.id}.webp`);
    expect((await run('repair')).code).toBe(0);
    expect((await run('verify')).code).toBe(0);
  });

  test('after its folder was moved, it is adopted at its new place and forgotten at the old one', async () => {
    const task = services.dalle2.addTask({ count: 2 });
    await run(`fetch ${task.id} | save pics --new robots`);
    renameSync(sandbox.path('pics'), sandbox.path('moved'));
    expect((await run('verify')).code).toBe(1);
    const adopted = await run('adopt moved');
    expect(adopted.code).toBe(0);
    expect(adopted.stderr).toContain(`forget --destination ${join(sandbox.path('pics'), 'robots')}`);
    expect((await run('verify moved')).code).toBe(0);
    const forgotten = await run('forget --destination pics');
    expect(forgotten.stdout).toBe('  ✓ Forgot 4 files of 2 items\n');
    expect((await run('verify')).code).toBe(0);
    const before = downloads();
    await run(`fetch ${task.id} | save moved/robots`);
    expect(downloads()).toBe(before);
  });

  test('what the person deleted stays away until it is forgotten', async () => {
    const task = services.dalle2.addTask({ count: 2 });
    const { id } = task.generations[0]!;
    await run(`fetch ${task.id} | save pics`);
    for (const name of names('pics')) if (name.startsWith(id)) rmSync(sandbox.path('pics', name));
    expect((await run(`forget ${id} --deleted`)).stdout).toBe('  ✓ 2 files of 1 item will not be fetched again\n');
    const before = downloads();
    await run([`fetch ${task.id} | save pics`, 'repair']);
    expect(downloads()).toBe(before);
    await run([`forget ${id}`, `fetch ${task.id} | save pics`]);
    expect(downloads()).toBe(before + 1);
    expect(names('pics')).toHaveLength(4);
  });

  test('what failed is run again in a later session', async () => {
    const task = services.dalle2.addTask({ count: 3 });
    const { id } = task.generations[1]!;
    services.dalle2.faults.inject({ path: new RegExp(id), what: { kind: 'status', status: 404 }, count: 99 });
    expect((await run(`fetch ${task.id} | save pics`)).code).toBe(1);
    expect(names('pics')).toHaveLength(4);
    services.dalle2.faults.clear();
    const before = downloads();
    const result = await run('retry');
    expect(result.code).toBe(0);
    expect(result.stdout).toContain(`✓ Saved ${id}.webp to ${sandbox.path('pics')}`);
    expect(downloads()).toBe(before + 1);
    expect((await run('retry')).stderr).toContain('nothing has failed');
  });
});

describe('an archive on Google Drive that is looked after', () => {
  const onDrive = (line: string | string[], sink = ['google-drive']) =>
    run(line, { sink, env: { ...services.env, BROWSER: services.browser } });

  test('what was trashed and what was changed there is found by one list, and put back', async () => {
    services.google.addUser();
    const { installed } = services.google.addClient();
    writeFileSync(sandbox.path('credentials.json'), JSON.stringify({ installed }));
    const task = services.dalle2.addTask({ count: 4 });
    await onDrive(`fetch ${task.id} | save`, ['google-drive', 'credentials.json']);
    const stored = (number: number) =>
      services.google.files().find(({ name }) => name === `${task.generations[number]!.id}.webp`)!;
    expect((await onDrive('verify')).code).toBe(0);

    stored(0).explicitlyTrashed = true;
    stored(2).content = Buffer.from(stored(2).content!.map((byte, index) => (index === 40 ? byte ^ 1 : byte)));
    const before = services.google.requestsTo('GET', /\/files\?/u).length;
    const found = await onDrive('verify google-drive');
    expect(found.code).toBe(1);
    expect(found.stdout).toContain('1 missing, 1 damaged, 6 of 8 files whole');
    expect(services.google.requestsTo('GET', /\/files\?/u).length - before).toBe(1);

    const repaired = await run('repair', { env: { ...services.env, BROWSER: 'none' } });
    expect(repaired.stdout).toContain('✓ 2 files repaired');
    expect(repaired.code).toBe(0);
    const there = services.google
      .files()
      .filter(({ name, explicitlyTrashed }) => /webp$/u.test(name) && !explicitlyTrashed);
    expect(there.map(({ name }) => name).sort()).toEqual(task.generations.map(({ id }) => `${id}.webp`).sort());
    for (const { name, content } of there) {
      const picture = task.generations.find(({ id }) => name.startsWith(id))!.picture;
      expect(content?.equals(picture)).toBe(true);
    }
    expect((await onDrive('verify')).code).toBe(0);
  });
});
