import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryFolder } from "../../rig/temporary-folder.ts";

const FILE = join(import.meta.dir, "../../../src/platform/process/replace-process.ts");

test("the process becomes the program: same number, its words, its environment, its exit code", async () => {
  const { complaint, ...run } = await replace(
    "/bin/sh",
    ["other-name", "-c", 'echo "$0 $1 $VALUE"; exit 3', "zero", "one"],
    {
      VALUE: "v",
    },
  );
  expect(run).toEqual({ pid: run.pid, code: 3, output: "zero one v\n" });
  expect(complaint).toBe("");
  const number = await replace("/bin/sh", ["sh", "-c", "echo $$"], {});
  expect(number.output).toBe(`${number.pid}\n`);
});

test("no signal stays ignored", async () => {
  // A shell cannot trap what was ignored when it began.
  const script = "trap 'echo pipe' PIPE; trap 'echo size' XFSZ; kill -PIPE $$; kill -XFSZ $$";
  const { output } = await replace("/bin/sh", ["sh", "-c", script], {});
  expect(output).toBe("pipe\nsize\n");
});

test("a text without #! is run by the shell", async () => {
  using folder = temporaryFolder();
  const path = `${folder.path}/script`;
  writeFileSync(path, "echo script $1\n", { mode: 0o755 });
  expect((await replace(path, ["script", "word"], {})).output).toBe("script word\n");
});

test("a program that cannot be run is a Failure, and the process goes on", async () => {
  expect((await replace("/nonexistent", ["x"], {})).output).toContain(
    "command-not-executable: cannot run /nonexistent: ENOENT",
  );
});

test.each([
  [
    "#!/no/such/interpreter -x\necho hi\n",
    "its interpreter /no/such/interpreter is missing, which its first line names",
  ],
  ["#!/bin/sh\r\necho hi\r\n", "its first line ends in CR LF, as on Windows: save it with LF alone"],
  ["\x7fELF\0\0\0 of no machine", "it is no program for this machine (ENOEXEC)"],
  [
    `#!${import.meta.dir}\n`,
    `permission denied (EACCES): ${import.meta.dir} may not be executed, or its disk is mounted noexec`,
  ],
])("the true cause is told for a file that begins %j", async (text, cause) => {
  using folder = temporaryFolder();
  const path = `${folder.path}/program`;
  writeFileSync(path, text, { mode: 0o755 });
  const { output, complaint } = await replace(path, ["program"], {});
  expect(output).toBe(`command-not-executable: cannot run ${path}: ${cause}\n`);
  expect(complaint).toBe("");
});

async function replace(program: string, words: readonly string[], environment: Readonly<Record<string, string>>) {
  const script = `
    import { replaceProcess } from ${JSON.stringify(FILE)};
    try {
      replaceProcess(...${JSON.stringify([program, words, environment])});
    } catch (error) {
      console.log(error.code + ": " + error.message);
    }`;
  const child = Bun.spawn([process.execPath, "-e", script], { stdout: "pipe", stderr: "pipe" });
  const [output, complaint, code] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
  return { pid: child.pid, code, output, complaint };
}
