/** The three folders of a ComfyUI server, and the files of its prompts in the cloud's store. */

export type FolderName = 'output' | 'input' | 'temp';

export interface FakeFile {
  readonly folder: FolderName;
  readonly subfolder: string;
  readonly filename: string;
  /** What the cloud calls it: a digest and the ending. */
  readonly cloudName: string;
  readonly mediaType: string;
  readonly bytes: Buffer;
  /** Milliseconds since the epoch. */
  readonly modified: number;
}

export interface Folders {
  /** Replaces a file of the same name, as a node does whose counter began anew. */
  put(file: FakeFile): void;
  find(folder: FolderName, path: string): FakeFile | undefined;
  /** Names start over at 00001. */
  empty(folder: FolderName): void;
  remove(file: FakeFile): void;
  /** The next number for files of this beginning. */
  count(folder: FolderName, prefix: string): number;
  /** The cloud keeps everything. */
  inCloud(cloudName: string): FakeFile | undefined;
}

export function createFolders(): Folders {
  const files = new Map<string, FakeFile>();
  const cloud = new Map<string, FakeFile>();
  const counters = new Map<string, number>();
  return {
    put(file) {
      files.set(`${file.folder}:${pathOf(file)}`, file);
      cloud.set(file.cloudName, file);
    },
    find: (folder, path) => files.get(`${folder}:${path}`),
    empty(folder) {
      for (const map of [files, counters]) {
        for (const key of map.keys()) if (key.startsWith(`${folder}:`)) map.delete(key);
      }
    },
    remove: (file) => void files.delete(`${file.folder}:${pathOf(file)}`),
    count(folder, prefix) {
      const number = (counters.get(`${folder}:${prefix}`) ?? 0) + 1;
      counters.set(`${folder}:${prefix}`, number);
      return number;
    },
    inCloud: (cloudName) => cloud.get(cloudName),
  };
}

function pathOf({ subfolder, filename }: FakeFile): string {
  return subfolder === '' ? filename : `${subfolder}/${filename}`;
}

const MEDIA_TYPES: Readonly<Record<string, string>> = {
  png: 'image/png',
  webp: 'image/webp',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  gif: 'image/gif',
  mp4: 'video/mp4',
  webm: 'video/webm',
  flac: 'audio/flac',
  mp3: 'audio/mpeg',
  glb: 'model/gltf-binary',
  html: 'text/html',
  js: 'text/javascript',
  svg: 'image/svg+xml',
  txt: 'text/plain',
};

/** Guessed from the ending alone, as the server does. */
export function guessMediaType(filename: string): string {
  return MEDIA_TYPES[/\.([^.]+)$/u.exec(filename)?.[1]?.toLowerCase() ?? ''] ?? 'application/octet-stream';
}
