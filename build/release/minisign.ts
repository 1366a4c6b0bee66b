// Keys and signatures of minisign (https://jedisct1.github.io/minisign/, "Signature format", "Public key format" and "Secret
// key format"), so that whoever has minisign, rsign or OpenSSL can check a release: Ed25519 over the BLAKE2b-512 of a file.

import { createPrivateKey, createPublicKey, type KeyObject, scryptSync, sign, verify } from "node:crypto";

/** A public key with the number by which its signatures name it. */
export interface PublicKey {
  readonly number: Uint8Array;
  readonly key: KeyObject;
}

export interface SecretKey extends PublicKey {
  readonly secret: KeyObject;
}

/** What makes guessing a password dear, as libsodium counts it: operations, and bytes of memory. */
export interface Effort {
  readonly operations: number;
  readonly memory: number;
}

/** minisign's own: 1 GiB, and some seconds. */
const USUAL_EFFORT: Effort = { operations: 2 ** 25, memory: 2 ** 30 };

const PURE = "Ed";
const PREHASHED = "ED";
const SCRYPT = "Sc";
const BLAKE2B = "B2";
/** RFC 8410, 7 and 4: what comes before the 32 bytes of a key. */
const SECRET_HEAD = Buffer.from("302e020100300506032b657004220420", "hex");
const PUBLIC_HEAD = Buffer.from("302a300506032b6570032100", "hex");

/** Makes a key pair. @returns the text of the secret key's file, and the one line of the public key. */
export function makeKeyPair(
  password: string,
  effort = USUAL_EFFORT,
): { readonly secret: string; readonly public: string } {
  const [number, seed] = [randomBytes(8), randomBytes(32)];
  const pair = openKeys(number, seed);
  const publicBytes = rawPublicKey(pair.key);
  const inner = Buffer.concat([number, seed, publicBytes]);
  const checksum = blake2b(256, Buffer.from(PURE), inner);
  const salt = randomBytes(32);
  const locked =
    password === ""
      ? Buffer.concat([Buffer.alloc(2), Buffer.from(BLAKE2B), Buffer.alloc(48), inner, Buffer.alloc(32)])
      : Buffer.concat([
          Buffer.from(SCRYPT + BLAKE2B),
          salt,
          littleEndian(effort.operations),
          littleEndian(effort.memory),
          mix(Buffer.concat([inner, checksum]), password, salt, effort),
        ]);
  const secret = `untrusted comment: wpdaemon release secret key\n${Buffer.concat([Buffer.from(PURE), locked]).toString("base64")}\n`;
  return { secret, public: Buffer.concat([Buffer.from(PURE), number, publicBytes]).toString("base64") };
}

/** @param text of the file of a secret key. @throws Error for what is none, and for a wrong password. */
export function readSecretKey(text: string, password: string): SecretKey {
  const bytes = Buffer.from(text.split("\n")[1] ?? "", "base64");
  if (bytes.length !== 158 || ascii(bytes, 0, 2) !== PURE || ascii(bytes, 4, 6) !== BLAKE2B) {
    throw new Error("this is no secret key of minisign");
  }
  const isLocked = ascii(bytes, 2, 4) === SCRYPT;
  const effort = { operations: Number(bytes.readBigUInt64LE(38)), memory: Number(bytes.readBigUInt64LE(46)) };
  const rest = isLocked ? mix(bytes.subarray(54), password, bytes.subarray(6, 38), effort) : bytes.subarray(54);
  const inner = rest.subarray(0, 72);
  if (isLocked && !blake2b(256, Buffer.from(PURE), inner).equals(rest.subarray(72)))
    throw new Error("the password is wrong");
  return openKeys(inner.subarray(0, 8), inner.subarray(8, 40));
}

/** @param line base64, as `minisign -P` takes it. @throws Error for what is none. */
export function readPublicKey(line: string): PublicKey {
  const bytes = Buffer.from(line, "base64");
  if (bytes.length !== 42 || ascii(bytes, 0, 2) !== PURE)
    throw new Error(`${JSON.stringify(line)} is no public key of minisign`);
  const key = createPublicKey({ key: Buffer.concat([PUBLIC_HEAD, bytes.subarray(10)]), format: "der", type: "spki" });
  return { number: bytes.subarray(2, 10), key };
}

/** @param comment is signed as well; one line. @returns the text of the signature's file. */
export function signContent(content: Uint8Array, comment: string, { number, secret }: SecretKey): string {
  const signature = sign(null, blake2b(512, content), secret);
  const whole = sign(null, Buffer.concat([signature, Buffer.from(comment)]), secret);
  return [
    "untrusted comment: signature of a wpdaemon release",
    Buffer.concat([Buffer.from(PREHASHED), number, signature]).toString("base64"),
    `trusted comment: ${comment}`,
    whole.toString("base64"),
    "",
  ].join("\n");
}

/** Whether the text of a signature's file is the key's signature of the content, and of its own comment. */
export function isSignedBy({ number, key }: PublicKey, content: Uint8Array, text: string): boolean {
  const [, first = "", third = "", fourth = ""] = text.split("\n");
  const bytes = Buffer.from(first, "base64");
  const head = "trusted comment: ";
  if (bytes.length !== 74 || ascii(bytes, 0, 2) !== PREHASHED || !third.startsWith(head)) return false;
  const signature = bytes.subarray(10);
  return (
    bytes.subarray(2, 10).equals(number) &&
    verify(null, blake2b(512, content), key, signature) &&
    verify(null, Buffer.concat([signature, Buffer.from(third.slice(head.length))]), key, Buffer.from(fourth, "base64"))
  );
}

function openKeys(number: Uint8Array, seed: Uint8Array): SecretKey {
  const secret = createPrivateKey({ key: Buffer.concat([SECRET_HEAD, seed]), format: "der", type: "pkcs8" });
  return { number, secret, key: createPublicKey(secret) };
}

function rawPublicKey(key: KeyObject): Uint8Array {
  return key.export({ format: "der", type: "spki" }).subarray(PUBLIC_HEAD.length);
}

/** Encrypts and decrypts: exclusive or with what scrypt makes of the password. */
function mix(bytes: Uint8Array, password: string, salt: Uint8Array, effort: Effort): Buffer {
  const { operations, memory } = effort;
  const [r, N] = [8, pickCost(effort)];
  const p = Math.max(1, Math.floor(Math.floor(operations / 4 / N) / r));
  const stream = scryptSync(password, salt, bytes.length, { N, r, p, maxmem: memory * 2 + 2 ** 20 });
  return Buffer.from(bytes.map((byte, index) => byte ^ (stream[index] ?? 0)));
}

/** As `pickparams` of libsodium's crypto_pwhash_scryptsalsa208sha256 chooses it, where memory is what bounds. */
function pickCost({ operations, memory }: Effort): number {
  const most = operations < memory / 32 ? operations / (8 * 4) : memory / (8 * 128);
  return 2 ** (Math.floor(Math.log2(most / 2)) + 1);
}

function blake2b(bits: 256 | 512, ...parts: readonly Uint8Array[]): Buffer {
  const hasher = new Bun.CryptoHasher(bits === 256 ? "blake2b256" : "blake2b512");
  for (const part of parts) hasher.update(part);
  return hasher.digest();
}

function littleEndian(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}

function ascii(bytes: Buffer, from: number, to: number): string {
  return bytes.toString("latin1", from, to);
}

function randomBytes(count: number): Buffer {
  return Buffer.from(crypto.getRandomValues(new Uint8Array(count)));
}
