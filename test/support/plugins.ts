/** Descriptors that do nothing, for tests of what happens before a plugin's body is loaded. */

import { defineSink, defineSource, type SinkDescriptor, type SourceDescriptor } from '../../src/plugin.js';

export function testSource(name: string, more: Partial<SourceDescriptor> = {}): SourceDescriptor {
  return defineSource({
    name,
    title: name.toUpperCase(),
    description: 'a source of a test',
    references: `what ${name} takes`,
    baseUrl: `https://${name}.example.com`,
    capabilities: { all: false, concurrency: 4 },
    recognise: () => undefined,
    load: () => Promise.reject(new Error('this test loads no body')),
    ...more,
  });
}

export function testSink(name: string, more: Partial<SinkDescriptor> = {}): SinkDescriptor {
  return defineSink({
    name,
    title: name.toUpperCase(),
    description: 'a sink of a test',
    destinations: 'a folder',
    signsIn: false,
    capabilities: {
      atomicReplace: true,
      digests: ['sha256'],
      longestName: 255,
      uniqueNames: true,
      caseSensitive: true,
      concurrency: 4,
      reserves: false,
    },
    load: () => Promise.reject(new Error('this test loads no body')),
    ...more,
  });
}

/** A credential that takes anything of eight characters and more. */
export const testCredentials = {
  name: 'token',
  label: 'token of a test',
  howTo: 'Make one up.',
  required: true,
  check: (pasted: string) => pasted.trim(),
  header: { name: 'authorization', prefix: 'Bearer ' },
} as const;
