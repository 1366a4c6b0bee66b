import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openAddressBook } from "../../../src/endpoints/addresses/address-book.ts";
import { parseSubnet } from "../../../src/endpoints/addresses/subnet.ts";
import { temporaryFolder } from "../../rig/temporary-folder.ts";

const DAY_MS = 24 * 60 * 60 * 1_000;
const HOSTS = Array.from({ length: 50 }, (_, index) => `app${index}.example`);

let folder: ReturnType<typeof temporaryFolder>;
let path: string;
let now = Date.UTC(2026, 0, 1);
beforeEach(() => {
  folder = temporaryFolder();
  path = join(folder.path, "ip_mappings.json");
});
afterEach(() => folder[Symbol.dispose]());

describe("an address book", () => {
  test("gives each hostname an address of its own, and the same one each time", () => {
    const book = open("127.107.0.0/16");
    const addresses = HOSTS.map(book.assign);
    expect(new Set(addresses).size).toBe(HOSTS.length);
    expect(HOSTS.map(book.assign)).toEqual(addresses);
    for (const address of addresses) expect(address).toStartWith("127.107.");
  });

  test("gives the same addresses after a restart, and nearly always without its file", () => {
    const book = open("127.107.0.0/16");
    const addresses = HOSTS.map(book.assign);
    book.settle(new Set(HOSTS));
    expect(HOSTS.toReversed().map(open("127.107.0.0/16").assign).toReversed()).toEqual(addresses);
    rmSync(path);
    const again = HOSTS.toReversed().map(open("127.107.0.0/16").assign).toReversed();
    expect(again.filter((address, index) => address !== addresses[index]).length).toBeLessThanOrEqual(2);
  });

  test("takes over the addresses of an ngrokd", () => {
    writeFileSync(path, JSON.stringify({ "app.example": "10.107.0.2", "db.example": "10.107.0.3" }, undefined, 2));
    const book = open("10.107.0.0/16");
    expect([book.problems, book.assign("db.example"), book.assign("app.example")]).toEqual([
      [],
      "10.107.0.3",
      "10.107.0.2",
    ]);
  });

  test.each([
    ["null", "is no list of addresses"],
    ['{"version":1,"subnet":"127.107.0.0/24","entr', "is no list of addresses"],
    ['{"version":2,"subnet":"127.107.0.0/24","entries":{}}', "is no list of addresses"],
    ['{"app.example":"10.0.0.1"}', "10.0.0.1 is not in 127.107.0.0/24"],
    ['{"app.example":null}', "it is not written as one"],
    ['{"app.example":"127.107.0.1"}', "127.107.0.1 is reserved"],
    ['{"a.example":"127.107.0.9","app.example":"127.107.0.9"}', "another one has 127.107.0.9"],
  ])("leaves out of the file %s what cannot be used, says so, and keeps the file", (content, problem) => {
    writeFileSync(path, content);
    const book = open("127.107.0.0/24");
    expect(book.problems.join()).toContain(problem);
    expect(readFileSync(`${path}.bak`, "utf8")).toBe(content);
    const address = book.assign("app.example");
    book.settle(new Set(["app.example"]));
    expect(open("127.107.0.0/24").assign("app.example")).toBe(address);
  });

  test("a subnet whose base is within it is taken whole, and nothing outside of it", () => {
    const subnet = parseSubnet("10.1.2.70/26");
    expect([subnet?.text, subnet?.at(2), subnet?.indexOf("10.1.2.128"), subnet?.indexOf("10.1.2.127")]).toEqual([
      "10.1.2.64/26",
      "10.1.2.66",
      undefined,
      63,
    ]);
    const book = open("10.1.2.64/26");
    const addresses = Array.from({ length: 61 }, (_, index) => book.assign(`app${index}.example`));
    expect(addresses.every((address) => subnet?.indexOf(address) !== undefined)).toBe(true);
  });

  test.each(["10.0.0.0", "10.0.0.0/31", "10.0.0.0/33", "10.0.0/8", "::1/64", "10.0.0.0/x", "256.0.0.0/8"])(
    "%s is no subnet to take addresses from",
    (text) => {
      expect(parseSubnet(text)).toBeUndefined();
    },
  );

  test("a subnet with too few addresses serves as many as it has, and one that is no longer wanted serves another", () => {
    const book = open("127.107.0.0/29");
    const served = HOSTS.slice(0, 5).map(book.assign);
    expect(served.toSorted()).toEqual(["127.107.0.2", "127.107.0.3", "127.107.0.4", "127.107.0.5", "127.107.0.6"]);
    expect(() => book.assign("late.example")).toThrow("no address is left for late.example in 127.107.0.0/29");
    expect(book.count()).toEqual({ used: 5, free: 0 });
    book.settle(new Set(HOSTS.slice(1, 5)));
    expect(book.assign("late.example")).toBe(served[0] ?? "");
  });

  test("never gives addresses that the machine itself has, or somebody else", () => {
    const book = open("127.0.0.0/26", (address) => address === "127.0.0.9");
    const addresses = Array.from({ length: 58 }, (_, index) => book.assign(`app${index}.example`));
    for (const reserved of ["127.0.0.0", "127.0.0.1", "127.0.0.53", "127.0.0.54", "127.0.0.63", "127.0.0.9"])
      expect(addresses).not.toContain(reserved);
    expect(() => book.assign("late.example")).toThrow("no address is left");
  });

  test("a hostname has its address again within thirty days, and is forgotten after them", () => {
    const book = open("127.107.0.0/16");
    const address = book.assign("app.example");
    book.settle(new Set(["app.example"]));
    book.settle(new Set());
    now += 29 * DAY_MS;
    book.settle(new Set());
    expect(readFileSync(path, "utf8")).toContain("app.example");
    expect(book.assign("app.example")).toBe(address);
    book.settle(new Set());
    now += 31 * DAY_MS;
    book.settle(new Set());
    expect(readFileSync(path, "utf8")).not.toContain("app.example");
  });

  test("its file is written only where something has changed", () => {
    const book = open("127.107.0.0/16");
    book.settle(new Set());
    expect(existsSync(path)).toBe(false);
    book.assign("app.example");
    book.settle(new Set(["app.example"]));
    const { mtimeNs } = statSync(path, { bigint: true });
    book.settle(new Set(["app.example"]));
    const again = open("127.107.0.0/16");
    again.assign("app.example");
    again.settle(new Set(["app.example"]));
    expect(statSync(path, { bigint: true }).mtimeNs).toBe(mtimeNs);
  });
});

function open(text: string, isTaken: (address: string) => boolean = () => false) {
  const subnet = parseSubnet(text);
  if (subnet === undefined) throw new Error(`no subnet: ${text}`);
  return openAddressBook({ path, subnet, isTaken, now: () => now });
}
