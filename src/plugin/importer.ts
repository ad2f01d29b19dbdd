/** What takes over the settings of another program, for `config import <folder>`. */

export interface SettingsImporter {
  /** The files that are read, where they are there: names without folders. */
  readonly files: readonly string[];
  load(): Promise<ImporterBody>;
}

export interface ImporterBody {
  /**
   * Pure: text in, settings out. What cannot be read is told in `left`; nothing is thrown.
   * @param files By name; those that are not there are not in it.
   */
  read(files: ReadonlyMap<string, string>): ImportedSettings;
}

export interface ImportedSettings {
  /** By setting: `happy-accidents.page-size`, `happy-accidents.baseUrl`, `transfers`. */
  readonly settings: Readonly<Record<string, string>>;
  /** For the credential store, by the name of a credential (`token`), or the source's own words. */
  readonly secrets: Readonly<Record<string, string>>;
  /** `config.ini: page_size`: every key that was taken, and the setting that it became. */
  readonly taken: readonly { readonly key: string; readonly setting: string }[];
  /** Every key that could not be taken, and why, or what to do instead. */
  readonly left: readonly { readonly key: string; readonly why: string }[];
}
