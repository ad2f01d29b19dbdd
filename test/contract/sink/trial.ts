import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import {
  AlbarettoError,
  type Bytes,
  type ErrorCode,
  type PutOptions,
  type Receipt,
  type SinkCapabilities,
  type Store,
  type StoreFile,
} from '../../../src/plugin.js';
import type { SinkHarness, StoredFile } from '../sink-contract.js';
import { bytesOf, digestOf, whole } from './material.js';

type Content = Uint8Array | Bytes;

export interface FileWishes extends Partial<Omit<StoreFile, 'bytes'>> {
  readonly bytes?: Content;
}

/** One fresh sink under check, with the questions that checks ask of it. */
export class Trial {
  #store: Store | undefined;

  constructor(
    readonly harness: SinkHarness,
    readonly capabilities: SinkCapabilities,
    readonly patience = 20_000,
  ) {}

  /** The destination, opened once a check. */
  async store(): Promise<Store> {
    this.#store ??= await this.reopen();
    return this.#store;
  }

  /** The destination opened anew, as the next run of the program would. */
  reopen(): Promise<Store> {
    return this.harness.sink.open(this.harness.destination, {});
  }

  /** A file of 5,000 bytes unless wished otherwise; with a reservation of its own where the sink gives any. */
  async file(wishes: FileWishes = {}): Promise<StoreFile> {
    const name = wishes.name ?? 'generation-aB3dE5f.webp';
    const content = wishes.bytes ?? bytesOf(5000);
    const reservation = wishes.reservation ?? (await this.reservation());
    return {
      role: 'media',
      mediaType: 'image/webp',
      key: createHash('sha256').update(name).digest('base64url'),
      onDifferent: 'suffix',
      ...wishes,
      name,
      bytes: content instanceof Uint8Array ? whole(content) : content,
      ...(reservation === undefined ? {} : { reservation }),
    };
  }

  async put(wishes: FileWishes = {}, options: PutOptions = {}): Promise<Receipt> {
    return (await this.store()).put(await this.file(wishes), options);
  }

  /** What lies in the destination, where the harness can look; sorted, so that checks can compare. */
  async files(): Promise<readonly StoredFile[] | undefined> {
    const files = await this.harness.files?.();
    return files === undefined ? undefined : [...files].sort((a, b) => pathOf(a).localeCompare(pathOf(b)));
  }

  /** Exactly these bytes lie in the destination, in any order and under any names, and nothing else. */
  async expectContents(...expected: readonly Uint8Array[]): Promise<void> {
    const files = await this.files();
    if (files === undefined) return;
    const digests = (all: readonly Uint8Array[]) =>
      all.map((bytes) => `${bytes.length} ${digestOf('md5', bytes)}`).sort();
    const listing = files.map((file) => `${pathOf(file)} (${file.bytes.length})`).join(', ');
    assert.deepEqual(
      digests(files.map((file) => file.bytes)),
      digests(expected),
      `stored are: ${listing || 'no files'}`,
    );
  }

  /** The receipt is true of these bytes. */
  expectReceipt(receipt: Receipt, bytes: Uint8Array, outcome?: Receipt['outcome']): void {
    assert.equal(receipt.size, bytes.length);
    assert.ok(this.capabilities.digests.includes(receipt.digest.algorithm), `undeclared ${receipt.digest.algorithm}`);
    assert.equal(receipt.digest.hex, digestOf(receipt.digest.algorithm, bytes));
    assert.notEqual(receipt.name, '');
    assert.notEqual(receipt.location, '');
    if (outcome !== undefined) assert.equal(receipt.outcome, outcome);
  }

  /** The AlbarettoError that `work` ends with. */
  async failure(work: Promise<unknown>, ...codes: readonly ErrorCode[]): Promise<AlbarettoError> {
    const thrown = await this.ends(work).then(
      (value) => assert.fail(`it went through with ${JSON.stringify(value)}`),
      (reason: unknown) => reason,
    );
    if (!(thrown instanceof AlbarettoError)) assert.fail(`a raw error got out: ${String(thrown)}`);
    if (codes.length > 0)
      assert.ok(codes.includes(thrown.code), `${thrown.code} (${thrown.message}) is none of ${codes}`);
    return thrown;
  }

  /** `work`, or a failure when it does not end. */
  async ends<T>(work: Promise<T>): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const limit = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => reject(new assert.AssertionError({ message: 'it does not end' })), this.patience);
    });
    try {
      return await Promise.race([work, limit]);
    } finally {
      clearTimeout(timer);
    }
  }

  async reservation(): Promise<string | undefined> {
    if (!this.capabilities.reserves) return undefined;
    const [id] = (await (await this.store()).reserve?.(1, {})) ?? [];
    assert.ok(id, 'reserve(1) gave no id');
    return id;
  }
}

function pathOf(file: StoredFile): string {
  return file.folder ? `${file.folder}/${file.name}` : file.name;
}
