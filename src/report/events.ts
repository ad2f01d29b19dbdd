/**
 * Everything that a run has to tell, as data. A terminal, a pipe and `--json` show the same events; with `--json` each is
 * one line of JSON with these very fields, `v` (the version of this list) and `time`.
 */

import type { ErrorCode } from '../errors.js';

export const EVENTS_VERSION = 1;

export interface ItemFacts {
  readonly source: string;
  readonly task: string;
  readonly id: string;
  /** The number on the service's page. */
  readonly index: number;
}

/** A file that was saved once; `id` and `index` are those of the item that it belongs to. */
export interface RecordedFile extends ItemFacts {
  readonly role: 'media' | 'companion' | 'document';
  readonly name: string;
  readonly sink: string;
  readonly destination: string;
  readonly location: string;
}

export type ReportEvent =
  /** An item's bytes are here and verified. `already`: they were in the buffer before. */
  | (ItemFacts & {
      readonly event: 'fetched';
      readonly size: number;
      readonly mediaType: string;
      readonly sha256: string;
      readonly already: boolean;
    })
  /** A file is at its destination and its digest was compared. */
  | (ItemFacts & {
      readonly event: 'saved';
      readonly name: string;
      readonly destination: string;
      readonly location: string;
      readonly url?: string | undefined;
      readonly size: number;
      readonly sha256: string;
      /** `present`: the same bytes were there already. */
      readonly outcome: 'created' | 'replaced' | 'present';
    })
  /** The folder of `--new`: it was made, or was there already. */
  | {
      readonly event: 'folder';
      readonly name: string;
      readonly parent: string;
      readonly location: string;
      readonly url?: string | undefined;
      readonly already?: boolean | undefined;
    }
  /** One item failed; the run goes on. */
  | (Partial<ItemFacts> & {
      readonly event: 'failed';
      /** What was being done. */
      readonly stage: 'fetch' | 'save' | 'verify';
      readonly code: ErrorCode;
      readonly message: string;
      readonly retryable: boolean;
      /** It was not tried: what failed before it ended the run. A person is told that once. */
      readonly shared?: boolean | undefined;
    })
  /** What `--dry-run` would do. */
  | (ItemFacts & {
      readonly event: 'would-fetch';
      readonly mediaType?: string | undefined;
      readonly size?: number | undefined;
    })
  | (ItemFacts & { readonly event: 'would-save'; readonly name: string; readonly destination: string })
  /** A task, as `info` shows it. */
  | {
      readonly event: 'task';
      readonly source: string;
      readonly id: string;
      readonly title?: string | undefined;
      readonly prompt?: string | undefined;
      readonly items: number;
      readonly createdAt?: string | undefined;
      readonly expiresAt?: string | undefined;
    }
  /** An item, as `list` and `info` show it; `number` counts the buffer's items. */
  | (ItemFacts & {
      readonly event: 'item';
      readonly number?: number | undefined;
      readonly size?: number | undefined;
      readonly mediaType?: string | undefined;
      readonly prompt?: string | undefined;
      readonly createdAt?: string | undefined;
      readonly expiresAt?: string | undefined;
      /** With `list --remote`: whether it is saved already, anywhere. */
      readonly saved?: boolean | undefined;
      /** With `list --remote`: until the service deletes it. */
      readonly secondsLeft?: number | undefined;
    })
  /** A saved file, as `history` shows it. */
  | (RecordedFile & {
      readonly event: 'record';
      /** Of the last time when it was looked at. */
      readonly state: 'saved' | 'missing' | 'damaged' | 'deleted' | 'gone';
      readonly size: number;
      readonly mediaType: string;
      readonly sha256: string;
      readonly prompt?: string | undefined;
      readonly title?: string | undefined;
      /** When the item was made. */
      readonly createdAt?: string | undefined;
      readonly savedAt: string;
      readonly checkedAt: string;
    })
  /** A saved file that is not there or not whole. `gone`: the service has it no more either. */
  | (RecordedFile & { readonly event: 'checked'; readonly state: 'missing' | 'damaged' | 'gone' })
  /** The end of `verify`; the numbers of files, and how many bytes they have. */
  | {
      readonly event: 'verified';
      /** Whether bytes or digests were compared, and not presence and sizes alone. */
      readonly deep: boolean;
      readonly files: number;
      readonly missing: number;
      readonly damaged: number;
      readonly bytes: number;
      readonly seconds: number;
    }
  /** The end of `repair`; the numbers of files. */
  | {
      readonly event: 'repaired';
      readonly repaired: number;
      /** Those that their service has no more. */
      readonly gone: number;
      readonly failed: number;
      /** Whether something could not be looked at: nothing is known of that. */
      readonly partial?: boolean | undefined;
    }
  /** The end of `forget`. `deleted`: they are not forgotten, but will not be fetched again. */
  | {
      readonly event: 'forgotten';
      readonly files: number;
      readonly items: number;
      readonly deleted: boolean;
      /** With `--dry-run`: it would be so, and nothing was changed. */
      readonly dryRun?: boolean | undefined;
    }
  /** The end of `adopt`; the numbers of files. `unknown`: those without a sidecar, which were left alone. */
  | {
      readonly event: 'adopted';
      readonly destination: string;
      readonly items: number;
      readonly files: number;
      readonly missing: number;
      readonly damaged: number;
      readonly unknown: number;
      /** With `--dry-run`: it would be so, and nothing was recorded. */
      readonly dryRun?: boolean | undefined;
    }
  /** A plugin, as `sources` and `sinks` show it. */
  | {
      readonly event: 'plugin';
      readonly kind: 'source' | 'sink';
      readonly name: string;
      readonly title: string;
      readonly description: string;
      readonly current: boolean;
    }
  /** A setting, as `config` shows it; secrets are masked. */
  | { readonly event: 'setting'; readonly key: string; readonly value: unknown }
  /** The end of a command that moved items. */
  | {
      readonly event: 'summary';
      readonly command: 'fetch' | 'save';
      readonly done: number;
      readonly already: number;
      readonly failed: number;
      /** How many failed with which code. */
      readonly reasons?: Readonly<Partial<Record<ErrorCode, number>>>;
      readonly bytes: number;
      readonly seconds: number;
      readonly url?: string | undefined;
    }
  /** The end of one look of `watch` at one source: a sign of life for whoever monitors it. */
  | {
      readonly event: 'look';
      readonly source: string;
      readonly saved: number;
      /** Found and not saved; the next look tries those again that can still be had. */
      readonly failed: number;
      /** What nobody can get any more, and was not told before. */
      readonly lost: number;
      /** When the next of those that failed is lost, ISO 8601. */
      readonly nextLoss?: string | undefined;
      /** When the next look begins. */
      readonly nextLookAt?: string | undefined;
      /** Why the look as a whole failed. */
      readonly code?: ErrorCode | undefined;
    }
  /** How far a command is; at most once a second with `--json`. */
  | ({ readonly event: 'progress' } & Progress)
  /** The program waits before it tries again. */
  | { readonly event: 'waiting'; readonly reason: string; readonly milliseconds: number }
  /** Plain text that was asked for: help, a path. */
  | { readonly event: 'text'; readonly text: string }
  /** Something the person should know that is no failure. */
  | { readonly event: 'notice'; readonly text: string }
  | { readonly event: 'warning'; readonly text: string }
  /** A command failed as a whole. */
  | { readonly event: 'error'; readonly code: ErrorCode; readonly message: string; readonly exit: number };

export interface Progress {
  readonly command: 'fetch' | 'save' | 'verify' | 'adopt';
  readonly done: number;
  /** Absent while a list is still being read. */
  readonly total?: number | undefined;
  readonly bytes: number;
  readonly bytesPerSecond: number;
  readonly secondsLeft?: number | undefined;
}

/** How much of it is shown: `quiet` leaves failures, warnings and what was asked for. */
export type Verbosity = 'quiet' | 'normal' | 'verbose' | 'debug';
