/** Runs test/bench, and the fakes of the tests with it. */

import { pathToFileURL } from 'node:url';
import { bundle } from './bundle.mjs';

await import(pathToFileURL(await bundle('test/bench/main.ts', 'node_modules/.cache/albaretto/bench')).href);
