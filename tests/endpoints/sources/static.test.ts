import { expect, test } from "bun:test";
import { createStaticSource } from "../../../src/endpoints/sources/static.ts";
import { parseEndpointUrl } from "../../../src/endpoints/url.ts";
import { errorOf } from "../../rig/rejection.ts";

const TARGET = { host: "10.0.0.5", port: 5432 };
const DATABASE = { address: parseEndpointUrl("tcp://db.internal:5432"), target: TARGET, via: "us-east" };
const PAGE = {
  address: parseEndpointUrl("http://app.internal"),
  target: { host: "127.0.0.1", port: 1 },
  via: undefined,
};

test("A static source lists what the configuration names, and opens each through its tunnel.", async () => {
  const asked: unknown[] = [];
  const source = createStaticSource({
    endpoints: [DATABASE, PAGE],
    async dial(target, via) {
      asked.push([target, via]);
      throw new Error("nothing is carried here");
    },
  });
  const { endpoints, unreadable } = await source.list();
  expect(endpoints.map(({ url, description }) => [url, description])).toEqual([
    ["tcp://db.internal:5432", "through us-east"],
    ["http://app.internal:80", undefined],
  ]);
  expect(unreadable).toEqual([]);
  for (const { dial } of endpoints) await errorOf(dial(new AbortController().signal));
  expect(asked).toEqual([
    [TARGET, "us-east"],
    [PAGE.target, undefined],
  ]);
  expect(source.restMs()).toBeUndefined();
  expect(source.status().state).toBe("ok");
});

test("After a change of the configuration a static source lists what it names now.", async () => {
  const source = createStaticSource({ endpoints: [DATABASE], dial: () => Promise.reject(new Error("not here")) });
  source.configure([PAGE]);
  expect((await source.list()).endpoints.map(({ url }) => url)).toEqual(["http://app.internal:80"]);
});
