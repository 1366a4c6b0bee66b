import { readFileSync, writeFileSync } from "node:fs";
import { compileOptions } from "../compile-options.ts";
import { checkExecutable } from "./check-executable.ts";
import { signMachO } from "./sign-mach-o.ts";
import type { Target } from "./targets.ts";

/**
 * Compiles the program for another machine, signs it where the compiler fails to, and checks the outcome.
 * @param runtime that machine's Bun.
 * @param outfile an absolute path.
 * @returns the executable's bytes.
 * @throws Error where it cannot be compiled or is not what it should be.
 */
export async function buildExecutable(target: Target, runtime: string, outfile: string): Promise<Uint8Array> {
  const built = await Bun.build(compileOptions(outfile, { target: target.compile, executablePath: runtime }));
  if (!built.success) throw new AggregateError(built.logs, `${target.label} could not be compiled`);
  let bytes = readBytes(outfile);
  if (target.format.kind === "Mach-O" && target.format.needsSignature) {
    bytes = signMachO(bytes, "wpdaemon");
    writeFileSync(outfile, bytes);
  }
  try {
    checkExecutable(bytes, target.format);
  } catch (error) {
    throw new Error(`the executable for ${target.label} is wrong`, { cause: error });
  }
  return bytes;
}

function readBytes(path: string): Uint8Array {
  return new Uint8Array(readFileSync(path));
}
