import { createFlows } from "../../src/endpoints/forwarding/flows.ts";
import { startListener } from "../../src/endpoints/listeners/listener.ts";

// An endpoint whose far side never comes, in a process of its own, whose open files can be few. It ends with its input.

const flows = createFlows(() => () => new Promise(() => undefined));
const listener = startListener({ host: "127.0.0.1", port: 0, accept: flows.carry, ended: flows.ended });
console.log(listener.port);
for await (const _ of Bun.stdin.stream());
process.exit();
