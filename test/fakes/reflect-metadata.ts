/**
 * The four functions of the Reflect metadata proposal that `@peculiar/x509` asks for through its dependency injection.
 * The library only ever stores and reads back whole values of a class, so one table per target is enough; importing
 * this file before the library spares the tests a package of their own.
 */

type Key = string | symbol;
type Decorator = (target: object) => void;

interface ReflectMetadata {
  defineMetadata(key: Key, value: unknown, target: object): void;
  getOwnMetadata(key: Key, target: object): unknown;
  getMetadata(key: Key, target: object): unknown;
  metadata(key: Key, value: unknown): Decorator;
}

const tables = new WeakMap<object, Map<Key, unknown>>();

function defineMetadata(key: Key, value: unknown, target: object): void {
  const table = tables.get(target) ?? new Map<Key, unknown>();
  tables.set(target, table.set(key, value));
}

function getOwnMetadata(key: Key, target: object): unknown {
  return tables.get(target)?.get(key);
}

function getMetadata(key: Key, target: object): unknown {
  for (let owner: object | null = target; owner !== null; owner = Object.getPrototypeOf(owner) as object | null) {
    if (tables.get(owner)?.has(key)) return getOwnMetadata(key, owner);
  }
  return undefined;
}

const polyfill: ReflectMetadata = {
  defineMetadata,
  getOwnMetadata,
  getMetadata,
  metadata: (key, value) => (target) => defineMetadata(key, value, target),
};

// A process that brings the real polyfill keeps it: decorated classes must all look into the same tables.
if (!('getMetadata' in Reflect)) Object.assign(Reflect, polyfill);
