// Replaced by the real one.
export type FormatVerdict =
  | { ok: true; mediaType: string; width?: number; height?: number; animated?: boolean }
  | { ok: false; problem: 'empty' | 'truncated' | 'damaged' | 'not-media' | 'unknown' | 'too-large'; mediaType?: string; detail: string };
export function openFormatCheck(): { write(chunk: Uint8Array): void; end(): FormatVerdict } {
  let head: Uint8Array | undefined;
  return { write: (c) => { head ??= c; }, end: () => head === undefined ? { ok: false, problem: 'empty', detail: 'an empty body' } : { ok: true, mediaType: head[0] === 0x89 ? 'image/png' : 'image/webp' } };
}
