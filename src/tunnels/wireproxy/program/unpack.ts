import { describeError, Failure } from "../../../platform/failure.ts";

/** The released programs have about 12 MB. */
const PROGRAM_LIMIT_BYTES = 128 * 1024 * 1024;

/**
 * Takes the program out of an archive: a `.tar.gz` whose one file is `wireproxy`. It is unpacked on another thread, so that a
 * daemon goes on answering. Give it only what was compared with a pinned hash: the archive is unpacked whole before its size
 * is known.
 * @param expected the program's SHA-256 where one is pinned.
 * @throws Failure `program-corrupt`: not such an archive, or the hash is another.
 */
export async function unpackProgram(
  archive: Uint8Array,
  expected: { readonly sha256?: string | undefined } = {},
): Promise<Uint8Array> {
  const files = await readFiles(archive);
  const file = files.get("wireproxy");
  if (file === undefined || files.size > 1) throw corrupt("the archive does not hold one file named wireproxy");
  if (file.size === 0 || file.size > PROGRAM_LIMIT_BYTES) {
    throw corrupt(`the program in the archive has ${file.size} bytes, which no wireproxy has`);
  }
  const program = await file.bytes();
  const actual = new Bun.CryptoHasher("sha256").update(program).digest("hex");
  if (expected.sha256 !== undefined && expected.sha256 !== actual) {
    throw corrupt(
      `the program in the archive is not the published one: expected SHA-256 ${expected.sha256}, got ${actual}`,
    );
  }
  return program;
}

/** Regular files alone, by their whole names: links and folders are left out. */
async function readFiles(archive: Uint8Array): Promise<ReadonlyMap<string, Blob>> {
  try {
    return await new Bun.Archive(archive).files();
  } catch (error) {
    throw corrupt(`the archive cannot be unpacked: ${describeError(error)}`, error);
  }
}

function corrupt(message: string, cause?: unknown): Failure {
  return new Failure("program-corrupt", message, { hint: "nothing was installed; try another mirror", cause });
}
