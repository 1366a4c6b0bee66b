import { expect, test } from "bun:test";
import type { DesiredEndpoint, Listing } from "../../../src/endpoints/endpoint.ts";
import { createReconciler, type Opened } from "../../../src/endpoints/reconcile/reconciler.ts";
import { endpointOf } from "./endpoint-of.ts";

test("an endpoint is opened after one listing, and its name made known with its address", async () => {
  const { reconciler, open, names } = setUp();
  await reconciler.apply("ngrok", listing("tcp://db.example:5432"));
  expect([[...open.keys()], [...names()]]).toEqual([["tcp://db.example:5432"], [["db.example", "127.107.0.5"]]]);
});

test("an endpoint whose id changes keeps what listens for it, and its next connection goes by the new entry", async () => {
  const { reconciler, open } = setUp();
  await reconciler.apply("ngrok", { endpoints: [endpointOf("tcp://a:1", "ep_1")], unreadable: [] });
  const before = open.get("tcp://a:1");
  await reconciler.apply("ngrok", { endpoints: [endpointOf("tcp://a:1", "ep_2")], unreadable: [] });
  expect(open.get("tcp://a:1")).toBe(before);
  expect(reconciler.list().map(({ endpoint }) => endpoint.ids)).toEqual([["ep_2"]]);
});

test("one endpoint that cannot be opened keeps no other from it, and is told with the reason", async () => {
  const { reconciler, open, refuse } = setUp();
  refuse.add("tcp://b:1");
  await reconciler.apply("ngrok", listing("tcp://a:1", "tcp://b:1", "tcp://c:1"));
  expect([...open.keys()]).toEqual(["tcp://a:1", "tcp://c:1"]);
  const [, failed] = reconciler.list();
  expect([failed?.state, failed?.fault]).toEqual(["failed", "no address is left"]);
});

test("what could not be opened is tried again with the next listing, and its name is then made known", async () => {
  const { reconciler, names, refuse } = setUp();
  refuse.add("tcp://a:1");
  await reconciler.apply("ngrok", listing("tcp://a:1"));
  expect(names().size).toBe(0);
  refuse.clear();
  await reconciler.apply("ngrok", listing("tcp://a:1"));
  expect([...names().keys()]).toEqual(["a"]);
});

test("of two ports of one name one may go, and the name stays known", async () => {
  const { reconciler, names, open } = setUp();
  await reconciler.apply("static", listing("tcp://a:80", "tcp://a:443"));
  await reconciler.apply("static", listing("tcp://a:443"));
  expect([[...open.keys()], [...names().keys()]]).toEqual([["tcp://a:443"], ["a"]]);
});

test("an entry that is no endpoint is told, and the others are served", async () => {
  const { reconciler, open } = setUp();
  const unreadable = [{ entry: "ftp://x", reason: "the scheme is not known" }];
  await reconciler.apply("ngrok", { ...listing("tcp://a:1"), unreadable });
  expect([reconciler.unreadable(), [...open.keys()]]).toEqual([unreadable, ["tcp://a:1"]]);
});

test("every change of an endpoint's state is told once: it comes, loses its port, has it again, and goes", async () => {
  const { reconciler, open, changes, faults } = setUp();
  await reconciler.apply("static", listing("tcp://a:1"));
  faults.set("tcp://a:1", "the port is taken");
  open.get("tcp://a:1")?.changed();
  open.get("tcp://a:1")?.changed();
  faults.clear();
  open.get("tcp://a:1")?.changed();
  await reconciler.apply("static", listing());
  expect(changes).toEqual(["absent serving", "serving failed", "failed serving", "serving absent"]);
});

test("endpoints that settings concern are opened anew, and others keep what listens for them", async () => {
  const { reconciler, open } = setUp();
  await reconciler.apply("static", listing("tcp://a:1", "tcp://b:1"));
  const before = [...open.values()];
  await reconciler.reopen(({ url }) => url === "tcp://a:1");
  expect(open.get("tcp://a:1")).not.toBe(before[0]);
  expect(open.get("tcp://b:1")).toBe(before[1]);
});

test("a reconciler that is paused changes nothing until it goes on", async () => {
  const { reconciler, open } = setUp();
  await reconciler.pause();
  await reconciler.apply("static", listing("tcp://a:1"));
  expect(open.size).toBe(0);
  await reconciler.resume();
  await reconciler.apply("static", listing("tcp://a:1"));
  expect(open.size).toBe(1);
});

test("a fault in making names known reaches who asked, and the next listing is carried out all the same", async () => {
  const { reconciler, open, failNames } = setUp();
  failNames.isOn = true;
  await expect(reconciler.apply("static", listing("tcp://a:1"))).rejects.toThrow("no names today");
  failNames.isOn = false;
  await reconciler.apply("static", listing("tcp://b:1"));
  expect([...open.keys()]).toEqual(["tcp://b:1"]);
});

interface TestDoors extends Opened {
  readonly changed: () => void;
}

function setUp() {
  const open = new Map<string, TestDoors>();
  const refuse = new Set<string>();
  const faults = new Map<string, string>();
  const changes: string[] = [];
  const failNames = { isOn: false };
  let published: ReadonlyMap<string, string> = new Map();
  const reconciler = createReconciler<TestDoors>(["static", "ngrok"], {
    open({ url }, changed) {
      if (refuse.has(url)) throw new Error("no address is left");
      const doors = {
        ip: "127.107.0.5",
        changed,
        fault: () => faults.get(url),
        stop: () => void open.delete(url),
      };
      open.set(url, doors);
      return doors;
    },
    publish(names) {
      if (failNames.isOn) throw new Error("no names today");
      published = names;
    },
    onChange: ({ state }, from) => changes.push(`${from} ${state}`),
    now: () => 0,
  });
  return { reconciler, open, refuse, faults, changes, failNames, names: () => published };
}

function listing(...urls: readonly string[]): Listing {
  const endpoints: DesiredEndpoint[] = urls.map((url) => endpointOf(url));
  return { endpoints, unreadable: [] };
}
