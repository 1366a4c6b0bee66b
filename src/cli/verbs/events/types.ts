import { EVENT_TYPES, findEventType, isDurable } from "../../../events/event-types.ts";
import { describeEventSchemas } from "../../../events/trading/event-schemas.ts";
import { Failure } from "../../../platform/failure.ts";
import { nearestWord } from "../../../platform/nearest-word.ts";
import { switchOption } from "../../arguments.ts";
import { say } from "../../output/report.ts";
import { formatTable } from "../../output/table.ts";
import { defineVerb } from "../../verb.ts";

export const verb = defineVerb({
  name: "events types",
  summary: "List the types of events, or print the schema of one",
  details: "The schema of an event that programs publish is JSON Schema. It works without a daemon, too.",
  examples: ["wpdaemon events types lockout_set"],
  args: {
    type: { type: "positional", description: "Print the JSON Schema of this type", required: false },
    json: switchOption("Print one JSON document, by type"),
  },
  run({ args }) {
    const schemas = describeEventSchemas();
    if (args.type !== undefined) return say(JSON.stringify(schemaOf(args.type, schemas), undefined, 2));
    if (args.json) return say(JSON.stringify(Object.fromEntries(schemas)));
    const rows = Object.keys(EVENT_TYPES).map((type) => [
      type,
      findEventType(type)?.source === "daemon" ? "the daemon" : "programs",
      isDurable(type) ? "yes" : "the latest",
      findEventType(type)?.table ?? "-",
    ]);
    say(formatTable(["TYPE", "PUBLISHED BY", "KEPT", "TABLE"], rows));
  },
});

function schemaOf(type: string, schemas: ReturnType<typeof describeEventSchemas>): object {
  const schema = schemas.get(type);
  if (schema !== undefined) return schema;
  if (findEventType(type) !== undefined) {
    throw new Failure("usage", `${type} is the daemon's own: nobody else publishes it`, {
      hint: "wpdaemon events --types shows such events as they come",
    });
  }
  const near = nearestWord(type, [...schemas.keys()]);
  throw new Failure("usage", `there is no event type ${JSON.stringify(type)}`, {
    hint: near === undefined ? "wpdaemon events types lists them" : `did you mean ${near}?`,
  });
}
