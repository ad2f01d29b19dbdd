/** What may go wrong before a word of HTTP is spoken. */

import '../../fakes/reflect-metadata.js';
import { webcrypto } from 'node:crypto';
import { createCertificates } from '../../fakes/certificates.js';
import { type Behaviour, HALF, head, PICTURE, says, wholePicture } from './behaviour.js';

const DAY = 86_400_000;

interface Wishes {
  readonly name: { readonly type: 'dns' | 'ip'; readonly value: string };
  /** Days from now. */
  readonly from: number;
  readonly to: number;
}

const RIGHT: Wishes = { name: { type: 'ip', value: '127.0.0.1' }, from: -1, to: 30 };

/** A certificate that signs itself, and its key, as PEM text. */
async function selfSigned(wishes: Partial<Wishes>) {
  const { name, from, to } = { ...RIGHT, ...wishes };
  // Later than a static import: the library looks for `reflect-metadata` as soon as it is read.
  const x509 = await import('@peculiar/x509');
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256' } as const;
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned(
    {
      serialNumber: '01',
      notBefore: new Date(Date.now() + from * DAY),
      notAfter: new Date(Date.now() + to * DAY),
      name: 'CN=albaretto test server',
      keys,
      signingAlgorithm: { name: 'ECDSA', hash: 'SHA-256' },
      extensions: [new x509.SubjectAlternativeNameExtension([name])],
    },
    webcrypto,
  );
  const key = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)).toString('base64');
  return { cert: certificate.toString('pem'), key: `-----BEGIN PRIVATE KEY-----\n${key}\n-----END PRIVATE KEY-----\n` };
}

const believed = (wishes: Partial<Wishes>) => async () => {
  const pair = await selfSigned(wishes);
  return { ...pair, believed: pair.cert };
};

async function signed() {
  const authority = await createCertificates();
  return { ...(await authority.issue([])), believed: authority.ca };
}

export const TLS: readonly Behaviour[] = [
  {
    name: 'speaks TLS as it should',
    script: [wholePicture],
    tls: signed,
    expect: 'bytes',
    requests: 1,
  },
  {
    name: 'signs its certificate itself',
    script: [wholePicture],
    tls: () => selfSigned({}),
    expect: 'E_NETWORK',
    requests: 0,
  },
  {
    name: 'has a certificate for another name',
    script: [wholePicture],
    tls: believed({ name: { type: 'dns', value: 'other.example.org' } }),
    expect: 'E_NETWORK',
    requests: 0,
  },
  {
    name: 'has a certificate that ran out',
    script: [wholePicture],
    tls: believed({ from: -60, to: -1 }),
    expect: 'E_NETWORK',
    requests: 0,
  },
  {
    name: 'has a certificate of tomorrow',
    script: [wholePicture],
    tls: believed({ from: 1, to: 30 }),
    expect: 'E_NETWORK',
    requests: 0,
  },
  {
    name: 'speaks plain HTTP where TLS was asked for',
    script: [],
    secure: true,
    onConnection: (socket) => void socket.end(`${head(['Content-Length: 0'])}`),
    expect: 'E_NETWORK',
  },
  {
    name: 'closes the connection in the middle of the handshake',
    script: [],
    secure: true,
    onConnection: (socket) => void socket.once('data', () => socket.end()),
    expect: 'E_NETWORK',
    requests: 5,
  },
  {
    name: 'resets the connection in the middle of the handshake',
    script: [],
    secure: true,
    onConnection: (socket) => void socket.once('data', () => socket.resetAndDestroy()),
    expect: 'E_NETWORK',
    requests: 5,
  },
  {
    name: 'stops in the middle of the handshake',
    script: [],
    secure: true,
    onConnection: () => undefined,
    limits: { connect: 60 },
    expect: 'E_TIMEOUT',
  },
  {
    name: 'cuts a body without a length inside TLS',
    script: [says([head(['Connection: close']), PICTURE.subarray(0, HALF)], 'close')],
    tls: signed,
    expect: 'E_TRUNCATED',
    requests: 5,
  },
];
