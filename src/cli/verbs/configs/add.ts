import { readConfigBytes } from "../../../tunnels/config/store/config-file.ts";
import { addConfig } from "../../../tunnels/config/store/import.ts";
import { commonOptions } from "../../arguments.ts";
import { say } from "../../output/report.ts";
import { defineVerb } from "../../verb.ts";
import { sayImported } from "./report.ts";
import { importParts, replaceOption, trustOptions } from "./store.ts";

export const verb = defineVerb({
  name: "config add",
  summary: "Make a config from standard input or a file",
  details: "The text is a WireGuard or LinkSocks config. One that cannot be started is refused.",
  args: {
    name: { type: "positional", description: "Its name, with or without .conf", required: true },
    file: { type: "string", valueHint: "file", description: "Read this file instead of standard input" },
    replace: replaceOption,
    ...trustOptions,
    ...commonOptions,
  },
  async run({ args }) {
    const bytes = args.file === undefined ? await Bun.stdin.bytes() : readConfigBytes(args.file).bytes;
    const added = await addConfig(args.name, bytes, importParts(args));
    if (args.json) return say(JSON.stringify(added));
    await sayImported(added, "added");
  },
});
