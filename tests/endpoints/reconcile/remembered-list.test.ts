import { expect, test } from "bun:test";
import { statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { rememberList } from "../../../src/endpoints/reconcile/remembered-list.ts";
import { temporaryFolder } from "../../rig/temporary-folder.ts";
import { endpointOf } from "./endpoint-of.ts";

test("a later process reads what was listed last, by URL and without what cannot be kept", () => {
  using folder = temporaryFolder();
  const path = join(folder.path, "list.json");
  rememberList(path).write([endpointOf("tcp://b:2"), endpointOf("tcp://a:1")]);
  expect(rememberList(path).read()).toEqual([
    { url: "tcp://a:1", protocol: "tcp", hostname: "a", port: 1, ids: ["ep_1"] },
    { url: "tcp://b:2", protocol: "tcp", hostname: "b", port: 2, ids: ["ep_1"] },
  ]);
});

test("a list that has not changed is not written again, by a later process either", () => {
  using folder = temporaryFolder();
  const path = join(folder.path, "list.json");
  rememberList(path).write([endpointOf("tcp://a:1")]);
  const before = statSync(path).ino;
  const later = rememberList(path);
  later.read();
  later.write([endpointOf("tcp://a:1")]);
  expect(statSync(path).ino).toBe(before);
});

test("a remembered list that is missing or no document of ours is empty", () => {
  using folder = temporaryFolder();
  const path = join(folder.path, "list.json");
  expect(rememberList(path).read()).toEqual([]);
  for (const text of ["", "null", '{"schema":2,"endpoints":[]}', '{"schema":1,"endpoints":[{"port":0}]}']) {
    writeFileSync(path, text);
    expect(rememberList(path).read()).toEqual([]);
  }
});
