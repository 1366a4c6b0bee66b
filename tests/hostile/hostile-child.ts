#!/usr/bin/env bun
// In wireproxy's place: a child whose log and whose info port say what the test wants, over connections to the port in
// HOSTILE_CHILD; the first line of each says which of the two it is, and of which child.

import { readFileSync } from "node:fs";
import { connect, createServer } from "node:net";

const flag = (name: string) => process.argv[process.argv.indexOf(name) + 1] ?? "";
if (process.argv.includes("-v")) {
  console.log("wireproxy, version 1.1.3");
  process.exit(0);
}
const control = Number(process.env["HOSTILE_CHILD"]);
const socks = Number(/^BindAddress = 127\.0\.0\.1:(\d+)$/m.exec(readFileSync(flag("-c"), "utf8"))?.[1]);
createServer((socket) => socket.on("error", () => undefined)).listen(socks, "127.0.0.1");
createServer((asker) => {
  const teller = connect(control, "127.0.0.1");
  teller.write(`info ${socks}\n`);
  asker.on("error", () => teller.destroy());
  teller.on("error", () => asker.destroy());
  asker.pipe(teller).pipe(asker);
}).listen(Number(flag("-i").split(":")[1]), "127.0.0.1");
const log = connect(control, "127.0.0.1");
log.on("error", () => undefined);
log.write(`log ${socks}\n`);
log.pipe(process.stdout);
