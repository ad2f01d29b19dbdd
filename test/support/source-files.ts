/** What the files of the program import and touch, read from their syntax and not from their text. */

import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { parseSync } from '@swc/core';

export interface Import {
  /** A package as it is named, an own file by its path from the root; `undefined` for what is only known at run time. */
  readonly target: string | undefined;
  /** `lazy`: loaded when the line is reached. `type`: never loaded. */
  readonly kind: 'static' | 'lazy' | 'type';
}

export interface SourceFile {
  /** From the repository's root, with `/`. */
  readonly path: string;
  readonly imports: readonly Import[];
  /** `argv` for `process.argv`; `*` where the whole object is handed on or taken apart. */
  readonly process: readonly string[];
  /** Names that are called, or whose members are: `fetch`, `console`, … */
  readonly used: ReadonlySet<string>;
}

interface Node {
  readonly type?: string;
  readonly value?: unknown;
  readonly [field: string]: unknown;
}

/** Every TypeScript file below these folders, declarations of types apart. */
export function readSourceFiles(root: string, folders: readonly string[]): SourceFile[] {
  return folders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts') && !name.endsWith('.d.ts'))
      .map((name) => {
        const path = `${folder}/${name.replaceAll('\\', '/')}`;
        return readSource(path, readFileSync(join(root, path), 'utf8'));
      }),
  );
}

export function readSource(path: string, text: string): SourceFile {
  const imports: Import[] = [];
  const touched: string[] = [];
  const used = new Set<string>();
  const visit = (node: Node, parent: Node | undefined, field: string): void => {
    const found = importOf(node);
    if (found !== undefined) imports.push({ ...found, target: resolved(path, found.target) });
    if (node.type === 'Identifier' && isReference(parent, field)) {
      if (field === 'callee' || field === 'object') used.add(String(node.value));
      if (node.value === 'process') touched.push(memberOf(parent, field));
    }
    if (isMember(node, 'globalThis', 'process')) touched.push(memberOf(parent, field));
    for (const [name, value] of Object.entries(node)) {
      for (const child of Array.isArray(value) ? value : [value]) {
        if (typeof child === 'object' && child !== null) visit(child as Node, node, name);
      }
    }
  };
  visit(parseSync(text, { syntax: 'typescript', target: 'es2022' }) as unknown as Node, undefined, '');
  return { path, imports, process: touched, used };
}

/** All that is loaded when a file is: own files by their path, packages by their name. */
export function loadedWith(start: string, files: readonly SourceFile[]): ReadonlySet<string> {
  const loaded = new Set([start]);
  for (const path of loaded) {
    for (const { target, kind } of files.find((file) => file.path === path)?.imports ?? []) {
      if (kind === 'static' && target !== undefined) loaded.add(target);
    }
  }
  return loaded;
}

/** A static or dynamic import, an export from elsewhere, a type's import, a `require`. */
function importOf(node: Node): Import | undefined {
  const { type, source, argument, callee } = node as { type?: string; source?: Node; argument?: Node; callee?: Node };
  if (source?.type === 'StringLiteral')
    return { target: String(source.value), kind: node.typeOnly === true ? 'type' : 'static' };
  if (type === 'TsImportType') return { target: String(argument?.value), kind: 'type' };
  if (type !== 'CallExpression' || (callee?.type !== 'Import' && callee?.value !== 'require')) return undefined;
  const [first] = node.arguments as { expression: Node }[];
  const isText = first?.expression.type === 'StringLiteral';
  return { target: isText ? String(first.expression.value) : undefined, kind: 'lazy' };
}

/** Names of fields are identifiers too, and refer to nothing. */
function isReference(parent: Node | undefined, field: string): boolean {
  if (parent?.type === 'MemberExpression') return field === 'object';
  return field !== 'key' && field !== 'property' && !(parent?.type === 'TsPropertySignature' && field === 'key');
}

function isMember(node: Node, object: string, property: string): boolean {
  if (node.type !== 'MemberExpression') return false;
  return (node.object as Node).value === object && (node.property as Node).value === property;
}

function memberOf(parent: Node | undefined, field: string): string {
  if (parent?.type !== 'MemberExpression' || field !== 'object') return '*';
  const property = parent.property as Node;
  return property.type === 'Identifier' ? String(property.value) : '*';
}

function resolved(from: string, specifier: string | undefined): string | undefined {
  if (!specifier?.startsWith('.')) return specifier;
  return normalize(join(dirname(from), specifier))
    .replaceAll('\\', '/')
    .replace(/\.js$/u, '.ts');
}
