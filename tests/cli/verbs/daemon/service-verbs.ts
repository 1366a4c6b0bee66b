// Runs install or uninstall as the program does, in a process of its own: what they print and how they exit is the test.

import { reportFailure } from "../../../../src/cli/output/report.ts";
import { verb as install } from "../../../../src/cli/verbs/daemon/install.ts";
import { verb as uninstall } from "../../../../src/cli/verbs/daemon/uninstall.ts";

const [name, ...words] = process.argv.slice(2);
try {
  await (name === "install" ? install : uninstall).run(words);
} catch (error) {
  process.exitCode = await reportFailure(error);
}
