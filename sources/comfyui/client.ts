import { fromService, type Source, type SourceBody, type SourceContext, usageError } from '../../src/plugin.js';
import { connect } from './connection.js';
import { filesOf } from './files.js';
import { listAll } from './listing.js';
import { createLocator } from './locating.js';
import { open, type Parts } from './opening.js';
import { openServer } from './server.js';
import { fields, text } from './values.js';

const DEFAULT_WAIT = 300;

const body: SourceBody = { create: (context) => createComfyUi(context) };

export default body;

function createComfyUi(context: SourceContext): Source {
  const parts = createParts(context);
  const { connection, locator } = parts;
  return {
    open: (reference, { signal }) => open(parts, reference, signal),
    all: (options) => listAll(parts, options),
    locate: (item, options) => locator.locate(item, options),
    async check(signal) {
      const ask = { what: 'asking the server who it is', signal };
      if (connection.isCloud) {
        await connection.json({ ...ask, path: '/api/jobs', query: { limit: 1 } });
        return undefined;
      }
      const answer = fields(await connection.json({ ...ask, path: '/system_stats' }));
      const version = text(fields(answer?.system)?.comfyui_version);
      return version === undefined ? undefined : fromService(`ComfyUI ${version}`);
    },
  };
}

/** @throws E_USAGE for an option of the wrong form. */
function createParts(context: SourceContext): Parts {
  const connection = connect(context);
  const server = openServer(connection);
  const withPreviews = context.options.previews === true;
  const find: Parts['find'] = (job) => filesOf(job, withPreviews);
  const locator = createLocator({ connection, server, find, now: context.now });
  return { context, connection, server, find, locator, patience: readWait(context.options.wait) * 1000 };
}

function readWait(option: string | boolean | undefined): number {
  if (option === undefined) return DEFAULT_WAIT;
  const value = Number(option);
  if (typeof option === 'string' && option.trim() !== '' && Number.isFinite(value) && value >= 0) return value;
  throw usageError('--wait is a number of seconds', undefined, 'comfyui');
}
