import { closeSync, constants, openSync, rmSync } from "node:fs";
import { Failure, systemCode } from "../failure.ts";
import { makeNamedPipe } from "../libc.ts";

// How a daemon learns of the death of a process that is not its child, without polling: the process inherits the write end
// of a named pipe, and a reader of the pipe gets end-of-file when the last holder of the write end has ended.

/** Makes the pipe at `path`. @throws Failure `file-unusable`. */
export function createDeathPipe(path: string) {
  rmSync(path, { force: true });
  makeNamedPipe(path);
  // The write end can only be opened while somebody reads.
  const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const descriptor = openWriteEnd(path, reader);
  return {
    /** To be handed to the child as an inherited descriptor, then released. */
    descriptor,
    /** Closes our own copies; the child's stays. */
    release(): void {
      closeSync(descriptor);
      closeSync(reader);
    },
  };
}

function openWriteEnd(path: string, reader: number): number {
  try {
    return openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
  } catch (error) {
    closeSync(reader);
    throw error;
  }
}

/**
 * Resolves once the last holder of the write end of the pipe at `path` is gone; at once where there is no such pipe. Where
 * the last holder had gone before the call, it may never resolve: check the process itself once after calling.
 */
export async function waitForDeath(path: string): Promise<void> {
  const reader = openForReading(path);
  if (reader === undefined) return;
  try {
    for await (const _ of Bun.file(reader).stream()) {
      // Nothing is ever written; only the end counts.
    }
  } finally {
    closeSync(reader);
  }
}

function openForReading(path: string): number | undefined {
  try {
    return openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    if (systemCode(error) === "ENOENT") return undefined;
    throw new Failure("file-unusable", `cannot open the pipe ${path}`, { cause: error });
  }
}
