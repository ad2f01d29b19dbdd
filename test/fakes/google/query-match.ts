/** Whether a file fits a parsed query. */

import type { Caller } from './access.js';
import { type Expression, type Operator, queryTime } from './query.js';
import { isTrashed, type Role, type State, type StoredFile } from './state.js';

type Comparison = Extract<Expression, { kind: 'compare' }>;

export function matchesQuery(state: State, caller: Caller, file: StoredFile, query: Expression): boolean {
  switch (query.kind) {
    case 'and':
      return matchesQuery(state, caller, file, query.left) && matchesQuery(state, caller, file, query.right);
    case 'or':
      return matchesQuery(state, caller, file, query.left) || matchesQuery(state, caller, file, query.right);
    case 'not':
      return !matchesQuery(state, caller, file, query.operand);
    case 'in':
      return isMember(state, caller, file, query.value, query.collection);
    case 'has': {
      const map = query.term === 'properties' ? file.properties : file.appProperties.get(caller.project.number);
      return map?.get(query.key) === query.value;
    }
    case 'compare':
      return compares(state, caller, file, query);
  }
}

function isMember(state: State, caller: Caller, file: StoredFile, value: string, collection: string): boolean {
  if (collection === 'parents') return file.parent === (value === 'root' ? caller.user.rootId : value);
  const person = value === 'me' ? caller.user : [...state.users.values()].find(({ email }) => email === value);
  if (person === undefined) return false;
  if (file.owner === person) return true;
  const role = file.sharedWith.get(person.id);
  const roles: Readonly<Record<string, readonly Role[]>> = {
    owners: [],
    writers: ['writer'],
    readers: ['reader', 'commenter', 'writer'],
  };
  return role !== undefined && (roles[collection] ?? []).includes(role);
}

function compares(state: State, caller: Caller, file: StoredFile, { term, operator, value }: Comparison): boolean {
  switch (term) {
    case 'name':
      return text(file.name, operator, String(value));
    case 'fullText':
      return contains(`${file.name} ${file.description ?? ''}`, String(value));
    case 'mimeType':
      if (operator === 'contains') return file.mimeType.toLowerCase().includes(String(value).toLowerCase());
      return text(file.mimeType, operator, String(value));
    case 'modifiedTime':
      return time(file.modifiedTime, operator, String(value));
    case 'createdTime':
      return time(file.createdTime, operator, String(value));
    // Nobody looks at files here, so that no time of viewing fits.
    case 'viewedByMeTime':
      return false;
    case 'trashed':
      return (isTrashed(state, file) === value) === (operator === '=');
    case 'starred':
      return (file.starred === value) === (operator === '=');
    case 'sharedWithMe':
      return (file.sharedWith.has(caller.user.id) === value) === (operator === '=');
    case 'visibility':
      return (value === (file.sharedWith.size > 0 ? 'limited' : 'private')) === (operator === '=');
    default:
      return (file.shortcutTarget === value) === (operator === '=');
  }
}

/** Equality takes no notice of case: a client that wants the exact name compares for itself. */
function text(actual: string, operator: Operator, value: string): boolean {
  if (operator === 'contains') return contains(actual, value);
  return (actual.toLowerCase() === value.toLowerCase()) === (operator === '=');
}

/** `contains` finds beginnings of words only: `HelloWorld` contains `Hello`, not `World`. */
function contains(actual: string, value: string): boolean {
  const words = (written: string) => written.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
  const wanted = words(value);
  return wanted.length > 0 && ` ${words(actual).join(' ')}`.includes(` ${wanted.join(' ')}`);
}

function time(actual: number, operator: Operator, value: string): boolean {
  const wanted = queryTime(value);
  switch (operator) {
    case '=':
      return actual === wanted;
    case '!=':
      return actual !== wanted;
    case '<':
      return actual < wanted;
    case '<=':
      return actual <= wanted;
    case '>':
      return actual > wanted;
    default:
      return actual >= wanted;
  }
}
