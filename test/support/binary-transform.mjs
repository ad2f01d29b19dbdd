/** Loads a picture as its bytes, as the build's `binary` loader does. */

import { readFileSync } from 'node:fs';

export default {
  process: (_text, path) => ({
    code: `export default new Uint8Array(Buffer.from('${readFileSync(path, 'base64')}', 'base64'));`,
  }),
};
