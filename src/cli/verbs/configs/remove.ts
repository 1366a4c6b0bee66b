import { homeOption, jsonOption } from "../../arguments.ts";
import { say } from "../../output/report.ts";
import { defineVerb } from "../../verb.ts";
import { openConfigStore } from "./store.ts";

export const configRemove = defineVerb({
  name: "config remove",
  description: "Delete a config; a tunnel that runs with it goes on until it is brought down",
  args: {
    name: { type: "positional", description: "Config, with or without .conf", required: true },
    home: homeOption,
    json: jsonOption,
  },
  run({ args }) {
    const store = openConfigStore(args.home);
    const name = store.nameOf(args.name);
    store.remove(name);
    say(args.json ? JSON.stringify({ name }) : `removed ${name}`);
  },
});
