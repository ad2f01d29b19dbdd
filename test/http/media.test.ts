/** The rules for every request, once more for the client that fetches media. */

import { askForMedia } from './support.js';

askForMedia();
for (const rules of ['limits', 'proxies', 'redirects']) await import(`./${rules}.test.js`);
