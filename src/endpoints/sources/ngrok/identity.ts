import { createPrivateKey, X509Certificate } from "node:crypto";
import { chmodSync, renameSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import { attemptOr, describeError, Failure } from "../../../platform/failure.ts";
import {
  makePrivateFolder,
  readTextIfThere,
  removeIfPossible,
  replaceFile,
  syncFolder,
} from "../../../platform/files/files.ts";
import type { NgrokSettings } from "../../config/settings.ts";

/** By what ngrok knows this machine: one thing, of which no part is of use alone. */
export interface Identity {
  readonly operatorId: string;
  /** PEM. */
  readonly cert: string;
  /** PEM. */
  readonly key: string;
  /** Milliseconds since the epoch. */
  readonly notBefore: number;
  readonly notAfter: number;
}

export type IdentityFiles = Pick<NgrokSettings, "certificatePath" | "keyPath" | "operatorIdPath">;

/** Anybody may read a certificate and an ID; the key has the mode of a secret. */
const PUBLIC_FILE = 0o644;
/** As much as all files have together: a full disk still takes an empty one. */
const PROBE_BYTES = 8192;
/** What a new file is called until all of them are there. */
const NEW = ".new";

/** What is on disk: an identity, or at least the ID of an operator whose certificate cannot be used. */
export interface StoredIdentity {
  readonly operatorId: string | undefined;
  readonly identity: Identity | undefined;
}

/** Reads the files. A certificate that belongs to another key, or has expired, is none. @throws the system's error. */
export function loadIdentity(files: IdentityFiles, now: number): StoredIdentity {
  const operatorId = readTextIfThere(files.operatorIdPath)?.trim() || undefined;
  attemptOr(undefined, () => finishExchange(files));
  const cert = readTextIfThere(files.certificatePath);
  const key = readTextIfThere(files.keyPath);
  if (operatorId === undefined || cert === undefined || key === undefined) return { operatorId, identity: undefined };
  const identity = attemptOr(undefined, () => toIdentity(operatorId, cert, key));
  return { operatorId, identity: identity === undefined || identity.notAfter <= now ? undefined : identity };
}

/**
 * Makes an identity of a certificate that has come for a key.
 * @throws Failure `state-corrupt` where it cannot be read or belongs to another key.
 */
export function toIdentity(operatorId: string, cert: string, key: string): Identity {
  let certificate: X509Certificate;
  let isPair: boolean;
  try {
    certificate = new X509Certificate(cert);
    isPair = certificate.checkPrivateKey(createPrivateKey(key));
  } catch (error) {
    throw new Failure("state-corrupt", `the certificate cannot be read: ${describeError(error)}`);
  }
  if (!isPair) throw new Failure("state-corrupt", "the certificate belongs to another key");
  const [notBefore, notAfter] = [Date.parse(certificate.validFrom), Date.parse(certificate.validTo)];
  return { operatorId, cert, key, notBefore, notAfter };
}

/** Finds out whether all the files of an identity can be written. @throws the system's error. */
export function probeFolders({ certificatePath, keyPath, operatorIdPath }: IdentityFiles): void {
  for (const folder of new Set([certificatePath, keyPath, operatorIdPath].map((path) => dirname(path)))) {
    makePrivateFolder(folder);
    const probe = `${folder}/.wpdaemon-probe`;
    replaceFile(probe, new Uint8Array(PROBE_BYTES));
    rmSync(probe);
  }
}

/**
 * Replaces what is on disk. Wherever it is interrupted, the next start finds the old identity or the new one.
 * @throws the system's error; the old one is then untouched.
 */
export function saveIdentity(files: IdentityFiles, { operatorId, cert, key }: Identity): void {
  const { certificatePath, keyPath, operatorIdPath } = files;
  for (const path of [certificatePath, keyPath, operatorIdPath]) makePrivateFolder(dirname(path));
  try {
    replaceFile(keyPath + NEW, key);
    writePublic(certificatePath + NEW, cert);
    renameSync(keyPath + NEW, keyPath);
  } catch (error) {
    for (const path of [keyPath, certificatePath]) removeIfPossible(path + NEW);
    throw error;
  }
  syncFolder(dirname(keyPath));
  renameSync(certificatePath + NEW, certificatePath);
  syncFolder(dirname(certificatePath));
  writePublic(operatorIdPath, operatorId);
}

/** An end between the two renames has left a key whose certificate still has its other name. */
function finishExchange({ certificatePath, keyPath }: IdentityFiles): void {
  const cert = readTextIfThere(certificatePath + NEW);
  const key = readTextIfThere(keyPath);
  if (cert === undefined || key === undefined || readTextIfThere(keyPath + NEW) !== undefined) return;
  if (attemptOr(undefined, () => toIdentity("", cert, key)) !== undefined) {
    renameSync(certificatePath + NEW, certificatePath);
  }
}

function writePublic(path: string, content: string): void {
  replaceFile(path, content);
  chmodSync(path, PUBLIC_FILE);
}
