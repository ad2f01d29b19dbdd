/** Real decoders, where the machine has any: they judge the pictures that this folder's encoders make. */

import { execFileSync, spawnSync } from 'node:child_process';

/** Reads `kind path` lines and prints one `width height` line each, or `unreadable`. */
const LIBGD_READER = `
import ctypes, sys
gd = ctypes.CDLL('libgd.so.3')
for line in sys.stdin.read().splitlines():
    kind, path = line.split(' ', 1)
    data = open(path, 'rb').read()
    read = getattr(gd, 'gdImageCreateFrom%sPtr' % kind)
    read.restype = ctypes.c_void_p
    image = read(len(data), data)
    if not image:
        print('unreadable')
        continue
    size = ctypes.cast(image + ctypes.sizeof(ctypes.c_void_p), ctypes.POINTER(ctypes.c_int))
    print(size[0], size[1])
`;

export type LibgdKind = 'Png' | 'Jpeg' | 'Gif' | 'Webp' | 'Avif';

export interface DecodedSize {
  readonly width: number;
  readonly height: number;
}

/** Why libgd cannot be asked, or undefined where it can: it is called through Python, which brings its own bridge to C. */
export function libgdMissing(): string | undefined {
  const probe = spawnSync('python3', ['-c', "import ctypes; ctypes.CDLL('libgd.so.3')"], { stdio: 'ignore' });
  return probe.status === 0 ? undefined : 'python3 with libgd is not installed';
}

export function exiftoolMissing(): string | undefined {
  const probe = spawnSync('exiftool', ['-ver'], { stdio: 'ignore' });
  return probe.status === 0 ? undefined : 'exiftool is not installed';
}

/** Decodes whole pictures; `undefined` for one that libgd refuses. */
export function decodeWithLibgd(
  files: readonly { readonly kind: LibgdKind; readonly path: string }[],
): (DecodedSize | undefined)[] {
  const input = files.map(({ kind, path }) => `${kind} ${path}`).join('\n');
  const output = execFileSync('python3', ['-c', LIBGD_READER], { input, stdio: ['pipe', 'pipe', 'ignore'] });
  return output
    .toString('latin1')
    .trim()
    .split('\n')
    .map((line) => {
      const [width, height] = line.split(' ').map(Number);
      return height === undefined ? undefined : { width: width!, height };
    });
}

export interface ExiftoolFacts extends DecodedSize {
  readonly mediaType: string;
  readonly warning: string | undefined;
}

export function readWithExiftool(paths: readonly string[]): ExiftoolFacts[] {
  const fields = ['-MIMEType', '-ImageWidth', '-ImageHeight', '-Warning', '-Error'];
  const output = execFileSync('exiftool', ['-json', '-n', '-validate', '-q', ...fields, ...paths]);
  return (JSON.parse(output.toString('utf8')) as Record<string, unknown>[]).map((facts) => ({
    mediaType: String(facts.MIMEType),
    width: Number(facts.ImageWidth),
    height: Number(facts.ImageHeight),
    warning: [facts.Error, facts.Warning].find(isFault) as string | undefined,
  }));
}

/** Exif asks for fields, such as a resolution, that are no part of a whole picture. */
function isFault(told: unknown): boolean {
  return typeof told === 'string' && !told.startsWith('Missing required JPEG ');
}
