/**
 * What a body is that is no media of a kind that can be checked, as far as its first bytes tell. Services answer pages
 * and error documents in the place of pictures.
 */

import { compareSignature } from './format.js';
import { Flaw } from './verdict.js';

export interface OtherKind {
  readonly mediaType?: string;
  readonly flaw: Flaw;
}

/** Signature, media type, name; `media` for pictures, films and sounds that no reader here can check. */
const SIGNATURES: readonly (readonly [signature: string, mediaType: string, name: string, media?: 'media'])[] = [
  ['%PDF-', 'application/pdf', 'a PDF document'],
  ['PK\x03\x04', 'application/zip', 'a ZIP archive'],
  ['\x1f\x8b\x08', 'application/gzip', 'gzip-compressed data'],
  ['\x28\xb5\x2f\xfd', 'application/zstd', 'zstd-compressed data'],
  ['MZ?\0', 'application/vnd.microsoft.portable-executable', 'a program'],
  ['\x7fELF', 'application/x-elf', 'a program'],
  ['BM????\0\0\0\0', 'image/bmp', 'a BMP picture', 'media'],
  ['II*\0', 'image/tiff', 'a TIFF picture', 'media'],
  ['MM\0*', 'image/tiff', 'a TIFF picture', 'media'],
  ['\0\0\x01\0', 'image/x-icon', 'an icon', 'media'],
  ['8BPS\0\x01', 'image/vnd.adobe.photoshop', 'a Photoshop picture', 'media'],
  ['\xff\x0a', 'image/jxl', 'a JPEG XL picture', 'media'],
  ['\0\0\0\x0cJXL \r\n\x87\n', 'image/jxl', 'a JPEG XL picture', 'media'],
  ['\0\0\0\x0cjP  \r\n\x87\n', 'image/jp2', 'a JPEG 2000 picture', 'media'],
  ['RIFF????AVI ', 'video/x-msvideo', 'an AVI film', 'media'],
  ['FLV\x01', 'video/x-flv', 'an FLV film', 'media'],
  ['\xff\xf1', 'audio/aac', 'an AAC stream', 'media'],
  ['\xff\xf9', 'audio/aac', 'an AAC stream', 'media'],
];

const BYTE_ORDER_MARK = '\ufeff';
const LEADING_COMMENTS = /^(?:\s|<!--[\s\S]*?(?:-->|$))*/u;
const HTML = /^<(?:!doctype\s+html|html|head|body|title|meta|script|style|link|div|center|h1|p|a|iframe)(?:[\s/>]|$)/iu;
const SVG = /<svg(?:[\s>]|$)/iu;
const XML = /^<(?:\?xml|[a-z_])/iu;
const JSON_START = /^(?:\{\s*(?:["}]|$)|\[\s*(?:["{[\]\d-]|true|false|null|$))/u;

/**
 * @param head The first bytes, a few hundred where there are as many.
 * @param isWhole Whether the body has no more than these.
 */
export function describeOtherKind(head: Uint8Array, isWhole: boolean): OtherKind {
  for (const [signature, mediaType, name, media] of SIGNATURES) {
    if (compareSignature(head, signature) !== 'full') continue;
    const flaw = media
      ? new Flaw('unknown', `is ${name}, a kind that this program cannot check`)
      : new Flaw('not-media', `is ${name}`);
    return { mediaType, flaw };
  }
  const text = decodeText(head, isWhole);
  if (text === undefined) return { flaw: new Flaw('unknown', 'is of no kind that this program knows') };
  const [mediaType, name] = describeText(text);
  return { mediaType, flaw: new Flaw('not-media', `is ${name}`) };
}

function describeText(text: string): [mediaType: string, name: string] {
  const start = text.replace(BYTE_ORDER_MARK, '').replace(LEADING_COMMENTS, '');
  if (HTML.test(start)) return ['text/html', 'an HTML page'];
  if (XML.test(start)) {
    if (/<html[\s>]/iu.test(start)) return ['text/html', 'an HTML page'];
    // A drawing can run scripts, so it is a document here and never a picture.
    if (SVG.test(start)) return ['image/svg+xml', 'an SVG drawing'];
    // The storages of Azure, Amazon and Google put the reason for a refusal here.
    const code = /<Code>([A-Za-z0-9.]{1,40})<\/Code>/u.exec(start)?.[1];
    return ['application/xml', code === undefined ? 'an XML document' : `an XML document (${code})`];
  }
  if (JSON_START.test(start)) return ['application/json', 'a JSON document'];
  return ['text/plain', 'plain text'];
}

/** The text, or undefined for bytes that are none: not of an encoding that is told by its form, or with control codes. */
function decodeText(head: Uint8Array, isWhole: boolean): string | undefined {
  const encoding =
    head[0] === 0xff && head[1] === 0xfe ? 'utf-16le' : head[0] === 0xfe && head[1] === 0xff ? 'utf-16be' : 'utf-8';
  try {
    const text = new TextDecoder(encoding, { fatal: true }).decode(head, { stream: !isWhole });
    return /[\0-\x08\x0e-\x1a\x1c-\x1f\x7f]/u.test(text) ? undefined : text;
  } catch {
    return undefined;
  }
}
