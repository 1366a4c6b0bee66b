import { describe, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";
import cases from "../peers/conformance.json" with { type: "json" };
import { freePort } from "../rig/free-port.ts";
import { findWireproxies } from "../rig/programs.ts";
import { temporaryFolder } from "../rig/temporary-folder.ts";

const casesSchema = v.array(
  v.object({
    name: v.string(),
    args: v.array(v.string()),
    config: v.nullable(v.string()),
    env: v.record(v.string(), v.string()),
    exit: v.number(),
    stdout: v.array(v.string()),
    stderr: v.array(v.string()),
  }),
);

for (const { kind, path } of findWireproxies()) {
  describe(`what we know of wireproxy, seen in the ${kind}:`, () => {
    for (const { name, args, config, env, exit, stdout, stderr } of v.parse(casesSchema, cases)) {
      test.concurrent(name, async () => {
        using folder = temporaryFolder();
        const squatter = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
        const file = join(folder.path, "test.conf");
        const places = { CONF: file, DIR: folder.path, TAKEN: String(squatter.port), FREE: String(freePort()) };
        const fill = (text: string) =>
          Object.entries(places).reduce((filled, [place, value]) => filled.replaceAll(`{${place}}`, value), text);
        if (config !== null) writeFileSync(file, fill(config));
        const run = Bun.spawn([path, ...args.map(fill)], {
          env: { PATH: process.env["PATH"], HOME: folder.path, ...env },
          stdout: "pipe",
          stderr: "pipe",
        });
        const [output, complaint, code] = await Promise.all([run.stdout.text(), run.stderr.text(), run.exited]);
        squatter.stop(true);
        expect({ code, output, complaint }).toEqual({
          code: exit,
          output: expect.stringMatching(linesPattern(stdout.map(fill))),
          complaint: expect.stringMatching(linesPattern(stderr.map(fill))),
        });
      });
    }
  });
}

/** The whole of an output, line by line; `{DATE}` stands for Go's time stamp, a last line `...` for whatever follows. */
function linesPattern(lines: readonly string[]): RegExp {
  const open = lines.at(-1) === "...";
  const fixed = (open ? lines.slice(0, -1) : lines).map((line) =>
    RegExp.escape(line).replace(RegExp.escape("{DATE}"), "\\d{4}/\\d\\d/\\d\\d \\d\\d:\\d\\d:\\d\\d"),
  );
  return new RegExp(`^${fixed.join("\\n")}${open ? "\\n[^]*" : "\\n*"}$`);
}
