declare const ALBARETTO_VERSION: string | undefined;

/** Put in by the build, so that `--version` reads no file. */
export const VERSION = typeof ALBARETTO_VERSION === 'string' ? ALBARETTO_VERSION : '0.0.0-source';
