import { expect, test } from "bun:test";
import { join } from "node:path";
import { Secret } from "../../../src/platform/secret.ts";
import { endpointEntry } from "../../rig/ngrok-api.ts";
import { createNgrokScene } from "../../rig/ngrok-source.ts";
import { fc } from "../../rig/properties.ts";
import { errorOf } from "../../rig/rejection.ts";

function entries(count: number) {
  return Array.from({ length: count }, (_, index) => endpointEntry(`tcp://e${index}.example:5432`));
}

/** Another server, which notes what reaches it. */
function startStranger(seen: string[]) {
  return Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch({ url }) {
      seen.push(url);
      return new Response();
    },
  });
}

test("A list of several pages is read to its end.", async () => {
  await using scene = await createNgrokScene();
  scene.api.endpoints = entries(250);
  const { endpoints } = await scene.create().list();
  expect(new Set(endpoints.map(({ url }) => url)).size).toBe(250);
  expect(scene.api.requests.filter(({ path }) => path.includes("bound_endpoints"))).toHaveLength(3);
});

test("A next page on another server is not asked for, and the key does not go there.", async () => {
  await using scene = await createNgrokScene();
  const seen: string[] = [];
  await using stranger = startStranger(seen);
  for (const next of [stranger.url.href, `http://user:word@127.0.0.1:${scene.api.port}/x`, "http://["]) {
    scene.api.script = ({ path }) =>
      path.endsWith("/bound_endpoints")
        ? Response.json({ endpoints: entries(1), uri: "here", next_page_uri: next })
        : undefined;
    expect((await errorOf(scene.create().list())).message).toContain("its next page is on another server");
  }
  expect(seen).toEqual([]);
});

test("A redirect to another server is not followed.", async () => {
  await using scene = await createNgrokScene();
  const seen: string[] = [];
  await using stranger = startStranger(seen);
  scene.api.script = () => Response.redirect(stranger.url.href, 302);
  await errorOf(scene.create().list());
  expect(seen).toEqual([]);
});

test("A next page that has been read already ends the list, and so does an empty page.", async () => {
  await using scene = await createNgrokScene();
  const answer = (list: unknown, next: string) => {
    scene.api.script = ({ path }) =>
      path.includes("/bound_endpoints")
        ? Response.json({ endpoints: list, uri: "here", next_page_uri: next })
        : undefined;
  };
  const source = scene.create();
  answer(entries(1), "bound_endpoints");
  expect((await source.list()).endpoints).toHaveLength(1);
  answer([], "bound_endpoints?before_id=5");
  expect((await source.list()).endpoints).toHaveLength(0);
});

test("A list without an end is given up after 200 pages.", async () => {
  await using scene = await createNgrokScene();
  let page = 0;
  scene.api.script = ({ path }) => {
    if (!path.includes("/bound_endpoints")) return undefined;
    page += 1;
    return Response.json({ endpoints: entries(1), uri: "here", next_page_uri: `bound_endpoints?page=${page}` });
  };
  expect((await errorOf(scene.create().list())).message).toContain("more than 200 pages");
  expect(page).toBe(200);
});

test.each([
  "{}",
  "null",
  "[]",
  "42",
  '"endpoints"',
  "",
  '{"endpoints":[',
  "<html>",
  '{"endpoints":[]}',
  '{"uri":"here"}',
  '{"endpoints":{},"uri":"here"}',
  '{"endpoints":"none","uri":"here"}',
  '{"endpoints":[],"uri":"here","next_page_uri":7}',
])("An answer of 200 that is no list, %j, is a failure and never an empty list.", async (body) => {
  await using scene = await createNgrokScene();
  const source = scene.create();
  await source.list();
  scene.api.script = () => new Response(body);
  await errorOf(source.list());
  expect(source.status()).toMatchObject({ state: "degraded", registered: true });
});

test.each(["[]", "null"])("A list that is empty (%s) and says where it is from is one.", async (list) => {
  await using scene = await createNgrokScene();
  const source = scene.create();
  await source.list();
  scene.api.script = () => new Response(`{"endpoints":${list},"uri":"here","next_page_uri":null}`);
  expect(await source.list()).toEqual({ endpoints: [], unreadable: [] });
});

test("An entry that can be no endpoint is told of, and the others are endpoints.", async () => {
  await using scene = await createNgrokScene();
  scene.api.endpoints = [
    { id: "ep_1", url: "tcp://no-port.example" },
    { id: "ep_2", url: "http://*.wild.example" },
    { id: "ep_3", url: "http://app.example", proto: "tcp" },
    { id: "ep_4", url: 5 },
    7,
    { id: "ep_5" },
    { id: "ep_6", url: "HTTP://App.Example", description: "the page", whatever: [] },
    { id: "ep_7", public_url: "tls://vault.example" },
    { id: "ep_8", proto: "tcp", host: "db.example", port: 5432 },
    { id: "ep_9", proto: "tcp", hostport: "cache.example:6379", name: "the cache" },
    { url: "http://nameless.example" },
  ];
  const { endpoints, unreadable } = await scene.create().list();
  expect(endpoints.map(({ url, ids, description }) => [url, ids, description])).toEqual([
    ["http://app.example:80", ["ep_6"], "the page"],
    ["tls://vault.example:443", ["ep_7"], undefined],
    ["tcp://db.example:5432", ["ep_8"], undefined],
    ["tcp://cache.example:6379", ["ep_9"], "the cache"],
    ["http://nameless.example:80", [], undefined],
  ]);
  expect(unreadable.map(({ entry }) => entry)).toEqual([
    "tcp://no-port.example ep_1",
    "http://*.wild.example ep_2",
    "http://app.example ep_3",
    "entry 4",
    "entry 5",
    "ep_5",
  ]);
});

test("Of many entries that can be no endpoint the first ones are told of, and the number of the others.", async () => {
  await using scene = await createNgrokScene();
  scene.api.pageSize = 1000;
  scene.api.endpoints = Array.from({ length: 1000 }, (_, index) => ({ id: `ep_${index}`, url: "tcp://none" }));
  const { unreadable } = await scene.create().list();
  expect(unreadable).toHaveLength(201);
  expect(unreadable.at(-1)?.entry).toBe("800 others");
});

test.each([401, 403])(
  "A key that is refused with %d is told, and a new one helps without a restart.",
  async (status) => {
    await using scene = await createNgrokScene();
    const source = scene.create();
    await source.list();
    scene.api.script = ({ headers }) =>
      headers.get("authorization") === "Bearer new_key"
        ? undefined
        : Response.json({ error_code: "ERR_NGROK_206", msg: "not this one" }, { status });
    const error = await errorOf(source.list());
    expect(error.message).toContain("an API key is needed");
    expect(error.message).not.toContain("test_key");
    expect(source.status()).toMatchObject({ state: "auth_failed", registered: true });
    expect(source.restMs()).toBe(300_000);
    source.configure(scene.settings({ apiKey: new Secret("new_key") }));
    await source.list();
    expect(source.status()).toMatchObject({ state: "ok", lastPollError: null });
  },
);

test("After an answer of 429 ngrok is not asked until the time that it names has passed, whoever asks.", async () => {
  await using scene = await createNgrokScene();
  const source = scene.create({ pollMs: 1000 });
  await source.list();
  scene.api.script = () => new Response("{}", { status: 429, headers: { "retry-after": "7" } });
  const error = await errorOf(source.list());
  expect(source.restMs()).toBe(7000);
  scene.api.script = undefined;
  const asked = scene.api.requests.length;
  scene.clock.now += 6999;
  expect(await errorOf(source.list())).toBe(error);
  expect(scene.api.requests).toHaveLength(asked);
  scene.clock.now += 1;
  await source.list();
  expect(source.restMs()).toBe(1000);
});

test.each([409, 412])(
  "What meets another change, an answer of %d, is asked a second time and no third.",
  async (status) => {
    await using scene = await createNgrokScene();
    let refusals = 1;
    scene.api.script = ({ method }) => {
      if (method !== "POST" || refusals === 0) return undefined;
      refusals -= 1;
      return new Response("{}", { status });
    };
    await scene.create().list();
    expect(scene.api.count("POST")).toBe(2);
    refusals = 10;
    scene.api.operators.clear();
    await errorOf(scene.create({ operatorIdPath: join(scene.folder, "other_id") }).list());
    expect(scene.api.count("POST")).toBe(4);
  },
);

test("While the API fails it is asked less and less often, up to every five minutes, until it works again.", async () => {
  await using scene = await createNgrokScene();
  const source = scene.create();
  await source.list();
  scene.api.script = () => new Response("not now", { status: 500 });
  const rests: unknown[] = [];
  for (let times = 0; times < 6; times += 1) {
    await errorOf(source.list());
    rests.push(source.restMs());
  }
  expect(rests).toEqual([60_000, 120_000, 240_000, 300_000, 300_000, 300_000]);
  scene.api.script = undefined;
  await source.list();
  expect(source.restMs()).toBe(30_000);
});

test("A machine that cannot reach the API at first registers when it can.", async () => {
  await using scene = await createNgrokScene();
  const url = scene.api.url;
  const source = scene.create({ apiUrl: "http://127.0.0.1:1" });
  expect((await errorOf(source.list())).message).toEndWith("/kubernetes_operators: ECONNREFUSED");
  expect(source.status()).toMatchObject({ state: "degraded", registered: false });
  source.configure(scene.settings({ apiUrl: url }));
  await source.list();
  expect(source.status()).toMatchObject({ state: "ok", registered: true });
});

test("An API that stays silent is given up, and the next listing is not concerned.", async () => {
  await using scene = await createNgrokScene();
  const source = scene.create({}, 100);
  scene.api.script = () => new Promise(() => {});
  expect((await errorOf(source.list())).message).toContain("no answer within 0.1 s");
  scene.api.script = undefined;
  await scene.create().list();
});

test("An API that drips its answer without an end is given up.", async () => {
  await using scene = await createNgrokScene();
  const drip = () =>
    new ReadableStream({
      async pull(controller) {
        await Bun.sleep(5);
        controller.enqueue(new TextEncoder().encode(" "));
      },
    });
  scene.api.script = () => new Response(drip());
  expect((await errorOf(scene.create({}, 300).list())).message).toContain("no answer within 0.3 s");
});

test("An answer beyond 16 MiB is given up.", async () => {
  await using scene = await createNgrokScene();
  const chunk = new Uint8Array(1024 * 1024).fill(0x20);
  scene.api.script = () => new Response(new ReadableStream({ pull: (controller) => controller.enqueue(chunk) }));
  expect((await errorOf(scene.create().list())).message).toContain("longer than 16777216 bytes");
});

test("What the API says of a failure is told without characters that a terminal obeys, and in bounds.", async () => {
  await using scene = await createNgrokScene();
  scene.api.script = () => Response.json({ msg: `\u001b[31m${"x".repeat(10_000)}` }, { status: 500 });
  const { message } = await errorOf(scene.create().list());
  expect(message).not.toContain("\u001b");
  expect(message.length).toBeLessThan(600);
});

test("The stop of a source ends what it asks at that moment, and it can be asked again.", async () => {
  await using scene = await createNgrokScene();
  const source = scene.create();
  const asked = Promise.withResolvers<void>();
  scene.api.script = () => {
    asked.resolve();
    return new Promise(() => {});
  };
  const listing = errorOf(source.list());
  await asked.promise;
  await source.stop();
  await listing;
  scene.api.script = undefined;
  await source.list();
});

test("Other selectors in the configuration are sent once, and refused ones are told while the rest goes on.", async () => {
  await using scene = await createNgrokScene();
  scene.api.endpoints = entries(1);
  const source = scene.create();
  await source.list();
  const selectors = ["endpoint.metadata.name == 'db'"];
  source.configure(scene.settings({ selectors }));
  await source.list();
  await source.list();
  expect(scene.api.requests.filter(({ method }) => method === "PATCH").map(({ body }) => body)).toEqual([
    { binding: { endpoint_selectors: selectors } },
  ]);
  await scene.create({ selectors }).list();
  expect(scene.api.count("PATCH")).toBe(1);

  scene.api.script = ({ method }) =>
    method === "PATCH" ? Response.json({ error_code: "ERR_NGROK_19003", msg: "no CEL" }, { status: 400 }) : undefined;
  source.configure(scene.settings({ selectors: ["((("] }));
  for (let times = 0; times < 2; times += 1) expect((await source.list()).endpoints).toHaveLength(1);
  expect(scene.api.count("PATCH")).toBe(2);
  expect(source.status()).toMatchObject({
    state: "degraded",
    lastPollError: expect.stringMatching(/^selectors: .*ERR_NGROK_19003: no CEL/),
  });
  source.configure(scene.settings({ selectors }));
  await source.list();
  expect(source.status()).toMatchObject({ state: "ok", lastPollError: null });
});

test("A clock that is set back keeps ngrok from being asked no longer than it wants to be left alone.", async () => {
  await using scene = await createNgrokScene();
  const source = scene.create();
  await source.list();
  scene.api.script = () => new Response("{}", { status: 429, headers: { "retry-after": "3600" } });
  await errorOf(source.list());
  scene.api.script = undefined;
  scene.clock.now -= 10 * 86_400_000;
  await source.list();
});

test("Whatever the API answers, a listing is a list or an error, and the next right answer is read.", async () => {
  await using scene = await createNgrokScene();
  const source = scene.create();
  await source.list();
  const word = fc.constantFrom("endpoints", "uri", "next_page_uri", "id", "url", "proto", "host", "port", "metadata");
  const value = fc.jsonValue({ maxDepth: 3 });
  const answer = fc.oneof(
    fc.string(),
    value.map((json) => JSON.stringify(json)),
    fc.dictionary(word, value).map((json) => JSON.stringify(json)),
    fc
      .array(fc.dictionary(word, value))
      .map((endpoints) => JSON.stringify({ endpoints, uri: "here", next_page_uri: null })),
  );
  const status = fc.constantFrom(200, 200, 200, 201, 204, 301, 304, 400, 401, 404, 409, 418, 429, 500, 503);
  await fc.assert(
    fc.asyncProperty(answer, status, fc.option(fc.string()), async (body, code, retry) => {
      scene.api.script = () => {
        const headers = retry === null ? {} : { "retry-after": encodeURIComponent(retry) };
        return new Response([204, 304].includes(code) ? null : body, { status: code, headers });
      };
      const outcome = await source.list().catch((error: unknown) => error);
      if (outcome instanceof Error) expect(outcome.message).not.toContain("test_key");
      else expect(outcome).toEqual({ endpoints: expect.any(Array), unreadable: expect.any(Array) });
      expect(source.restMs()).toBeGreaterThan(0);
      source.status();
      scene.api.script = undefined;
      scene.clock.now += 86_400_000 * 2;
      scene.api.validity = { notBefore: scene.clock.now - 1000, notAfter: scene.clock.now + 86_400_000 * 90 };
      await source.list();
    }),
    { numRuns: 60 },
  );
});
