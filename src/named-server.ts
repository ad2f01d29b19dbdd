/**
 * Several servers of one kind, each a source under a name of its own: `config set servers.studio comfyui http://10.0.0.5:8188`
 * makes `studio:<id>`, `--source studio` and `watch studio`. Its items, secrets and settings are kept apart from those of
 * its kind, under its own name.
 */

import { AlbarettoError, usageError } from './errors.js';
import type { Item } from './model.js';
import { pastedAddress } from './pasted-address.js';
import type { ListOptions, Located, Recognition, Source, SourceBody, SourceDescriptor, Task } from './plugin.js';
import type { Registry } from './registry.js';
import { isSameServer } from './same-server.js';

export interface NamedServer extends SourceDescriptor {
  /** The name of the source that speaks with it. */
  readonly serverOf: string;
}

/** `undefined` for a source that is no named server. */
export function kindOf(source: SourceDescriptor): string | undefined {
  return (source as Partial<NamedServer>).serverOf;
}

/** Where settings of the program itself stand, or stood: a server's own would take their place. */
const TAKEN: ReadonlySet<string> = new Set(
  'source sink proxy cacert plugins transfers memory sleep limits servers http watch'.split(' '),
);

/**
 * @param text `comfyui http://10.0.0.5:8188`: the kind and the address, with blanks between.
 * @throws E_USAGE for a name that is taken, a kind that is none or has no address, and an address that is none.
 */
export function parseNamedServer(name: string, text: string, registry: Registry): NamedServer {
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/u.test(name))
    throw usageError("a server's name is made of lower case letters, digits and dashes");
  const taken = registry.findSource(name);
  if ((taken !== undefined && kindOf(taken) === undefined) || registry.findSink(name) !== undefined)
    throw usageError(`${name} is the name of a plugin`, 'give the server another one');
  if (TAKEN.has(name)) throw usageError(`${name} is the name of a setting`, 'give the server another one');
  const [kindName = '', address = '', ...more] = text.trim().split(/\s+/u);
  const kind = registry.source(kindName);
  if (!isKind(kind)) throw usageError(`${kindName} has no servers`);
  const url = isHttp(address) ? new URL(address) : undefined;
  if (more.length > 0 || url === undefined || url.username + url.password + url.search + url.hash !== '')
    throw usageError(
      'a server is its kind and its address',
      `config set servers.${name} ${kindName} https://host/path`,
    );
  return namedServer(name, kind, url);
}

/** The sources whose service can be run by others too. */
export function serverKinds(registry: Registry): readonly string[] {
  return registry.sources.filter(isKind).map((source) => source.name);
}

function isKind(source: SourceDescriptor): boolean {
  return kindOf(source) === undefined && hasService(source);
}

/** Sources that ask nobody live at a name that is reserved for that: RFC 2606, section 2. */
function hasService({ baseUrl }: SourceDescriptor): boolean {
  return isHttp(baseUrl) && !new URL(baseUrl).hostname.endsWith('.invalid');
}

function isHttp(text: string): boolean {
  return URL.canParse(text) && /^https?:$/u.test(new URL(text).protocol);
}

function namedServer(name: string, kind: SourceDescriptor, address: URL): NamedServer {
  // What takes over the files of another program takes them over for the kind.
  const { importer: _importer, ...shared } = kind;
  let loaded: Promise<SourceBody> | undefined;
  const load = async (): Promise<SourceBody> => {
    const body = await kind.load();
    return { create: (context) => renamed(body.create(context), kind.name, name) };
  };
  return {
    ...shared,
    name,
    serverOf: kind.name,
    title: `${kind.title} at ${address.host}`,
    baseUrl: address.href.replace(/\/+$/u, ''),
    // The usual variables hold the key of the usual service: it is nobody else's.
    ...(kind.credentials === undefined ? {} : { credentials: { ...kind.credentials, environment: [] } }),
    recognise: (reference) => recogniseAt(address, kind, reference),
    load() {
      loaded ??= load();
      return loaded;
    },
  };
}

/** A link is this server's when it leads there; an id may be its own wherever it may be of its kind. */
function recogniseAt(address: URL, kind: SourceDescriptor, reference: string): Recognition | undefined {
  const recognition = kind.recognise(reference);
  const link = linkOf(reference);
  if (recognition === undefined || link === undefined) return recognition;
  return leadsTo(link, address) ? { ...recognition, confidence: 'certain' } : undefined;
}

/** Without a scheme only what has a path: a word with a dot may be an id. */
function linkOf(reference: string): URL | undefined {
  if (isHttp(reference)) return new URL(reference);
  const pasted = pastedAddress(reference);
  return pasted?.pathname === '/' ? undefined : pasted;
}

function leadsTo(link: URL, address: URL): boolean {
  const path = address.pathname.replace(/\/+$/u, '');
  return isSameServer(link, address) && (path === '' || link.pathname.startsWith(`${path}/`));
}

/** The plugin knows itself by one name; what comes out of it bears the server's. */
function renamed(source: Source, kind: string, name: string): Source {
  /** Sources may know their items by the objects that they gave out. */
  const given = new WeakMap<object, Item>();
  const told = (thrown: unknown) => {
    if (!(thrown instanceof AlbarettoError) || thrown.plugin !== kind) return thrown;
    // Its key is its own, too.
    const hint = thrown.hint?.replace(new RegExp(`'(login|logout) ${kind}'`, 'gu'), `'$1 ${name}'`);
    return thrown.with({ plugin: name, ...(hint === undefined ? {} : { hint }) });
  };

  async function* items(listed: AsyncIterable<Item>): AsyncGenerator<Item> {
    try {
      for await (const item of listed) {
        const own = { ...item, source: name };
        given.set(own, item);
        yield own;
      }
    } catch (thrown) {
      throw told(thrown);
    }
  }

  async function* tasks(list: () => AsyncIterable<Task>): AsyncGenerator<Task> {
    try {
      for await (const task of list()) yield { ...task, source: name, items: items(task.items) };
    } catch (thrown) {
      throw told(thrown);
    }
  }

  const { all, check, close } = source;
  return {
    open: (reference, options) => tasks(() => source.open(reference, options)),
    ...(all === undefined ? {} : { all: (options: ListOptions) => tasks(() => all.call(source, options)) }),
    async locate(item, options) {
      try {
        return await source.locate(given.get(item) ?? asItsOwn(item, kind), options);
      } catch (thrown) {
        throw told(thrown);
      }
    },
    ...(check === undefined
      ? {}
      : {
          async check(signal) {
            try {
              return await check.call(source, signal);
            } catch (thrown) {
              throw told(thrown);
            }
          },
        }),
    ...(close === undefined ? {} : { close: () => close.call(source) }),
  };
}

function asItsOwn(item: Located, kind: string): Located {
  return item.source === undefined ? item : { ...item, source: kind };
}
