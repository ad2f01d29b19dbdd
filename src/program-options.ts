/** The options of the program itself, beside those of its commands and plugins. */

import type { CommandOption } from './shell/command.js';

export const PROGRAM_OPTIONS: Readonly<Record<string, CommandOption>> = {
  command: {
    type: 'string',
    short: 'c',
    multiple: true,
    value: '<line>',
    description: 'run this line and leave; several run in order, in one session',
  },
  source: { type: 'string', value: '<name>', description: 'the source that is current at the start (default dalle2)' },
  'base-url': { type: 'string', value: '<url>', description: "where that source's service lives" },
  profile: { type: 'string', value: '<name>', description: 'keeps this account’s configuration and credentials apart' },
  plugin: { type: 'string', multiple: true, value: '<module>', description: 'load a further source or sink' },
  json: { type: 'boolean', description: 'one event a line on stdout, as JSON' },
  quiet: { type: 'boolean', short: 'q', description: 'only failures and warnings' },
  verbose: { type: 'boolean', short: 'v', description: 'say what is done' },
  debug: { type: 'boolean', description: 'say everything; secrets are redacted' },
  'log-file': { type: 'string', value: '<path>', description: 'append everything to this file' },
  'dry-run': { type: 'boolean', description: 'say what would be fetched and written, and do neither' },
  transfers: { type: 'string', value: '<n>', description: 'so many transfers at once (default 8)' },
  'limit-rate': { type: 'string', value: '<size>', description: 'at most so many bytes a second: 500k, 2M' },
  sleep: { type: 'string', value: '<time>', description: 'wait so long between two requests to one host: 1, 500ms' },
  memory: {
    type: 'string',
    value: '<size>',
    description: 'what the buffer holds in memory; the rest waits on disk (default 256M)',
  },
  proxy: { type: 'string', value: '<url>', description: 'send everything through this proxy' },
  cacert: { type: 'string', value: '<path>', description: 'believe the certificate authorities in this PEM file too' },
  'user-agent': { type: 'string', value: '<text>', description: 'what the program calls itself' },
  help: { type: 'boolean', short: 'h', description: 'this text' },
  version: { type: 'boolean', short: 'V', description: 'the version' },
};
