import { expect, test } from "bun:test";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openPrivateSocket } from "../../../src/api/http/private-socket.ts";
import { modeOf } from "../../rig/mode-of.ts";
import { temporaryFolder } from "../../rig/temporary-folder.ts";

test("the socket is private from the moment it is bound, and the process's mask is as it was", () => {
  using folder = temporaryFolder();
  const mask = process.umask();
  let bound = "";
  const socket = openPrivateSocket(join(folder.path, "control.sock"), (path) => {
    const server = serve(path, "one");
    bound = modeOf(path).toString(8);
    return server;
  });
  expect([bound, process.umask()]).toEqual(["600", mask]);
  expect(readdirSync(folder.path)).toEqual(["control.sock"]);
  socket.remove();
  socket.server.stop(true);
  expect(readdirSync(folder.path)).toEqual([]);
});

test("a file that a dead daemon left is replaced", async () => {
  using folder = temporaryFolder();
  const path = join(folder.path, "control.sock");
  writeFileSync(path, "");
  const socket = openPrivateSocket(path, (at) => serve(at, "one"));
  expect(await ask(path)).toBe("one");
  socket.server.stop(true);
});

test("who stops leaves a successor's socket in its place, and the successor removes it", async () => {
  using folder = temporaryFolder();
  const path = join(folder.path, "control.sock");
  const former = openPrivateSocket(path, (at) => serve(at, "former"));
  const successor = openPrivateSocket(path, (at) => serve(at, "successor"));
  former.remove();
  await former.server.stop(true);
  expect(await ask(path)).toBe("successor");
  successor.remove();
  await successor.server.stop(true);
  expect(readdirSync(folder.path)).toEqual([]);
});

test("where it cannot be, nothing stays behind", () => {
  using folder = temporaryFolder();
  const path = join(folder.path, "control.sock");
  mkdirSync(path);
  expect(() => openPrivateSocket(path, (at) => serve(at, "one"))).toThrow("EISDIR");
  expect(readdirSync(folder.path)).toEqual(["control.sock"]);
  const long = join(folder.path, "x".repeat(120));
  expect(() => openPrivateSocket(long, (at) => serve(at, "one"))).toThrow("ENAMETOOLONG");
  expect(readdirSync(folder.path)).toEqual(["control.sock"]);
});

function serve(unix: string, text: string) {
  return Bun.serve({ unix, development: false, fetch: () => new Response(text) });
}

async function ask(path: string): Promise<string> {
  return (await fetch("http://localhost/", { unix: path, keepalive: false })).text();
}
