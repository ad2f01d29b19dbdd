/** Counts up in the credential store, under its lock, as often as it is told: the other process of a test. */

import { openConfig } from '../../src/config.js';

const [folder, times] = process.argv.slice(2);
const { credentials } = await openConfig({ environment: { ALBARETTO_CONFIG_DIR: folder } });
const store = credentials.of('google-drive');
for (let turn = 0; turn < Number(times); turn += 1) {
  await store.locked(async () => {
    const before = Number((await store.get())?.count ?? 0);
    await new Promise((resolve) => setTimeout(resolve, 2));
    await store.set({ count: before + 1 });
  });
}
