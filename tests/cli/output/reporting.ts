// Says something of each kind, and then whether consola was loaded for it.

import { reportFailure, say, sayDone, warn } from "../../../src/cli/output/report.ts";
import { openPaint } from "../../../src/cli/output/terminal.ts";
import { Failure } from "../../../src/platform/failure.ts";

const paint = openPaint();
say(paint("a table", "green"));
await sayDone("it is done");
await warn("it is odd");
await reportFailure(new Failure("usage", "it is wrong", { hint: "do it so" }));
const isLoaded = Object.keys(require.cache).some((path) => path.includes("/consola/"));
say(`consola ${isLoaded ? "is" : "is not"} loaded`);
