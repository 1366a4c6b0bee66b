import { chmodSync, lstatSync, renameSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileUnusable } from "../../platform/failure.ts";
import { makePrivateFolder, PRIVATE_FILE } from "../../platform/files/files.ts";

/**
 * Binds a unix socket that is for the owner alone from its first moment, and then puts it at `path`, over whatever file was
 * there: clients meet either the former server or this one. Whom `mode` lets in besides, it lets in from there on.
 * @param listen binds the path that it is given; that path goes when the server stops.
 * @throws Failure `file-unusable`.
 */
export function openPrivateSocket<Server extends { stop(closeConnections: boolean): unknown }>(
  path: string,
  listen: (path: string) => Server,
  mode = PRIVATE_FILE,
) {
  const temporary = temporaryName(path);
  let server: Server | undefined;
  try {
    makePrivateFolder(dirname(path));
    rmSync(temporary, { force: true });
    server = listenPrivately(temporary, listen);
    const own = identify(temporary);
    if (mode !== PRIVATE_FILE) chmodSync(temporary, mode);
    renameSync(temporary, path);
    return {
      server,
      /** Removes the socket's file if it is still this server's; to be called before the server stops. */
      remove: () => removeOwn(path, own),
    };
  } catch (error) {
    server?.stop(true);
    rmSync(temporary, { force: true });
    const hint = "its folder must be writable and its path short; --home chooses another";
    throw fileUnusable(error, `cannot open the socket ${path}`, hint);
  }
}

/**
 * Bun removes by name what it has bound, so the name is one that no other process takes. It is not shorter than `path`:
 * what is too long for a client to connect to must fail here.
 */
function temporaryName(path: string): string {
  return join(dirname(path), `${process.pid}`.padStart(basename(path).length, "."));
}

/** The mask is the process's own, but nothing else runs before it is put back. */
function listenPrivately<Server>(path: string, listen: (path: string) => Server): Server {
  const former = process.umask(0o177);
  try {
    return listen(path);
  } finally {
    process.umask(former);
  }
}

/** A bound socket keeps its inode from being used again, so these two tell it from every other file. */
function identify(path: string): string | undefined {
  const found = lstatSync(path, { throwIfNoEntry: false });
  return found === undefined ? undefined : `${found.dev}:${found.ino}`;
}

function removeOwn(path: string, own: string | undefined): void {
  try {
    if (identify(path) === own) rmSync(path, { force: true });
  } catch {
    // A folder that may no longer be written to; the next daemon replaces the file.
  }
}
