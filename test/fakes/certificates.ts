/** A certificate authority that lives as long as a test: it signs leaf certificates for any host name. */

import './reflect-metadata.js';
import { randomBytes, webcrypto } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { JsonGeneralNames } from '@peculiar/x509';

/** What a TLS server needs, as PEM text. */
export interface LeafCertificate {
  /** The leaf alone: the authority itself is what a client is told to trust. */
  readonly cert: string;
  readonly key: string;
}

export interface Certificates {
  /** The authority's own certificate, PEM: for `ca` of a TLS client in this process. */
  readonly ca: string;
  /**
   * A leaf for these names and, always, for `localhost` and 127.0.0.1. A name may be `*.suffix`, which TLS clients match
   * with exactly one label. The same names answer the same leaf.
   */
  issue(hosts: readonly string[]): Promise<LeafCertificate>;
  /** Writes the authority's certificate into a temporary file, once, and answers its path: for NODE_EXTRA_CA_CERTS. */
  caFile(): string;
  /** Removes that file and its folder. */
  close(): void;
}

const KEY = { name: 'ECDSA', namedCurve: 'P-256' } as const;
const SIGNATURE = { name: 'ECDSA', hash: 'SHA-256' } as const;
const AUTHORITY = 'CN=albaretto test authority';
const DAY = 24 * 60 * 60 * 1000;

/** Makes a new authority; its private key never leaves this process. Costs a few milliseconds. */
export async function createCertificates(): Promise<Certificates> {
  const keys = await newKeys();
  const ca = await selfSign(keys);
  const leaves = new Map<string, Promise<LeafCertificate>>();
  let folder: string | undefined;

  return {
    ca,
    issue(hosts) {
      const id = [...hosts].sort().join(' ');
      const leaf = leaves.get(id) ?? issueLeaf(hosts, keys);
      leaves.set(id, leaf);
      return leaf;
    },
    caFile() {
      if (folder === undefined) {
        folder = mkdtempSync(join(tmpdir(), 'albaretto-ca-'));
        writeFileSync(join(folder, 'ca.pem'), ca);
      }
      return join(folder, 'ca.pem');
    },
    close() {
      if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
      folder = undefined;
    },
  };
}

/** The authority's certificate: it signs leaves and no further authorities. */
async function selfSign(keys: webcrypto.CryptoKeyPair): Promise<string> {
  const x509 = await loadLibrary();
  const authority = await x509.X509CertificateGenerator.createSelfSigned(
    {
      ...validity(),
      name: AUTHORITY,
      keys,
      signingAlgorithm: SIGNATURE,
      extensions: [
        new x509.BasicConstraintsExtension(true, 0, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
        await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      ],
    },
    webcrypto,
  );
  return authority.toString('pem');
}

async function issueLeaf(hosts: readonly string[], authority: webcrypto.CryptoKeyPair): Promise<LeafCertificate> {
  const x509 = await loadLibrary();
  const keys = await newKeys();
  const names: JsonGeneralNames = [...new Set([...hosts, 'localhost'])].map((value) => ({ type: 'dns', value }));
  const certificate = await x509.X509CertificateGenerator.create(
    {
      ...validity(),
      subject: 'CN=albaretto test server',
      issuer: AUTHORITY,
      publicKey: keys.publicKey,
      signingKey: authority.privateKey,
      signingAlgorithm: SIGNATURE,
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
        new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
        new x509.SubjectAlternativeNameExtension([...names, { type: 'ip', value: '127.0.0.1' }]),
        await x509.AuthorityKeyIdentifierExtension.create(authority.publicKey),
      ],
    },
    webcrypto,
  );
  const key = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)).toString('base64');
  return {
    cert: certificate.toString('pem'),
    key: `-----BEGIN PRIVATE KEY-----\n${key}\n-----END PRIVATE KEY-----\n`,
  };
}

/** Later than a static import: the library looks for the functions of `reflect-metadata.ts` as soon as it is read. */
function loadLibrary(): Promise<typeof import('@peculiar/x509')> {
  return import('@peculiar/x509');
}

function newKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(KEY, true, ['sign', 'verify']);
}

/** From yesterday, so that a clock that is moved back a little in a test does not refuse it, for a month. */
function validity() {
  // A leading zero bit keeps the serial number positive, which Go's parser insists on.
  const serial = randomBytes(16);
  serial[0] = serial[0]! & 0x7f || 1;
  const now = Date.now();
  return {
    serialNumber: serial.toString('hex'),
    notBefore: new Date(now - DAY),
    notAfter: new Date(now + 30 * DAY),
  };
}
