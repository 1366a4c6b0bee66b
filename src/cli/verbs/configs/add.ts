import { readConfigFile } from "../../../tunnels/config/config-file.ts";
import { addConfig } from "../../../tunnels/config/import.ts";
import { homeOption, jsonOption } from "../../arguments.ts";
import { say } from "../../output/report.ts";
import { defineVerb } from "../../verb.ts";
import { sayFindings } from "./report.ts";
import { importParts } from "./store.ts";

export const configAdd = defineVerb({
  name: "config add",
  description:
    "Make a config from a WireGuard or LinkSocks text on standard input, or from --file; refused if it cannot start",
  args: {
    name: { type: "positional", description: "Its name, with or without .conf", required: true },
    file: { type: "string", description: "Read this file instead of standard input" },
    home: homeOption,
    json: jsonOption,
  },
  async run({ args }) {
    const text = args.file === undefined ? await Bun.stdin.text() : readConfigFile(args.file).text;
    const { name, path, socks5Added, warnings } = await addConfig(args.name, text, importParts(args.home));
    if (args.json) return say(JSON.stringify({ name, path, socks5Added, warnings }));
    sayFindings(warnings);
    say(`added ${name}${socks5Added ? ", with a SOCKS5 listener on 127.0.0.1:25344" : ""}`);
  },
});
