import { describeError, Failure } from "../../../platform/failure.ts";
import { readSingleMember } from "./tar.ts";

/** The released programs have about 12 MB; this is as much as we ever hold in memory. */
export const PROGRAM_LIMIT_BYTES = 128 * 1024 * 1024;

/**
 * Takes the program out of an archive (`.tar.gz` with the single member `wireproxy`), in short steps between which the event
 * loop runs: a daemon goes on answering.
 * @param expected the program's SHA-256 where one is pinned.
 * @throws Failure `program-corrupt`: not such an archive, or the hash is another.
 */
export async function unpackProgram(
  archive: Uint8Array,
  expected: { readonly sha256?: string | undefined } = {},
): Promise<Uint8Array> {
  const program = readSingleMember(await decompress(archive), "wireproxy", PROGRAM_LIMIT_BYTES);
  const actual = new Bun.CryptoHasher("sha256").update(program).digest("hex");
  if (expected.sha256 !== undefined && expected.sha256 !== actual) {
    throw corrupt(
      `the program in the archive is not the published one: expected SHA-256 ${expected.sha256}, got ${actual}`,
    );
  }
  return program;
}

/** Compressed bytes per step: one or two milliseconds of work, and 16 MiB of output at the worst. */
const STEP_BYTES = 16 * 1024;

async function decompress(archive: Uint8Array): Promise<Uint8Array> {
  // fflate costs 11 MB once it is loaded, so only who installs pays it.
  const { Gunzip } = await import("fflate");
  const parts: Uint8Array[] = [];
  let length = 0;
  const gunzip = new Gunzip((part) => {
    parts.push(part);
    length += part.length;
  });
  for (let offset = 0; offset < archive.length; offset += STEP_BYTES) {
    const last = offset + STEP_BYTES >= archive.length;
    pushStep(() => gunzip.push(archive.slice(offset, offset + STEP_BYTES), last));
    // The header, the padding and the end of the archive come on top of the program.
    if (length > PROGRAM_LIMIT_BYTES + 16 * 1024) throw corrupt("the archive holds more than any wireproxy has");
    await new Promise(setImmediate);
  }
  return Buffer.concat(parts, length);
}

function pushStep(push: () => void): void {
  try {
    push();
  } catch (error) {
    throw corrupt(`the archive cannot be decompressed: ${describeError(error)}`, error);
  }
}

function corrupt(message: string, cause?: unknown): Failure {
  return new Failure("program-corrupt", message, { hint: "nothing was installed; try another mirror", cause });
}
