import { commonOptions, tunnelArgument, yesOption } from "../../arguments.ts";
import { confirm, say, sayDone } from "../../output/report.ts";
import { defineVerb } from "../../verb.ts";
import { openConfigStore } from "./store.ts";

export const verb = defineVerb({
  name: "config remove",
  summary: "Delete a config",
  details: "A tunnel that runs with it goes on until it is brought down.",
  args: {
    name: tunnelArgument,
    yes: yesOption,
    ...commonOptions,
  },
  async run({ args }) {
    const store = openConfigStore(args.home);
    const name = store.nameOf(args.name);
    store.find(name);
    if (!(await confirm(`Delete ${name} with its keys?`, args))) return;
    store.remove(name);
    if (args.json) return say(JSON.stringify({ name }));
    await sayDone(`removed ${name}`);
  },
});
