import { describe, expect, test } from "bun:test";
import { openLocalAddresses } from "../../../src/platform/network/local-addresses.ts";

const POOL = poolOf("10.107.0.0/16", "10.107.");
const ROUTES = "default via 192.0.2.1 dev eth0 \n192.0.2.0/24 dev eth0 proto kernel scope link src 192.0.2.2\n";

describe("addresses of this machine on Linux", () => {
  test("those that begin with 127 are there already", () => {
    const { addresses, ran } = open({ pool: poolOf("127.107.0.0/16", "127.107.") });
    addresses.take("127.107.0.2");
    addresses.release();
    expect(ran).toEqual([]);
  });

  test("another range becomes local as a whole, once, and is none any more at the end", () => {
    const { addresses, ran, own } = open();
    addresses.take("10.107.0.2");
    addresses.take("10.107.0.3");
    expect(ran).toEqual(["ip -4 route show", "ip -4 route replace local 10.107.0.0/16 dev lo proto 231"]);
    own.clear();
    addresses.take("10.107.0.2");
    expect(ran.slice(2)).toEqual(["ip -4 route show", "ip -4 route replace local 10.107.0.0/16 dev lo proto 231"]);
    addresses.release();
    expect(ran.slice(4)).toEqual(["ip -4 route flush table local proto 231"]);
  });

  test.each([
    "10.107.3.0/24 dev tun0 scope link",
    "10.0.0.0/8 via 192.0.2.1 dev wg0",
    "10.107.0.9 dev tun0",
    "unreachable 10.107.0.0/16 dev lo",
  ])("a range that overlaps a network is refused: %s", (route) => {
    const { addresses, ran } = open({ routes: `${ROUTES}${route}\n` });
    expect(() => addresses.take("10.107.0.2")).toThrow(/10\.107\.0\.0\/16 overlaps the network 10\.[\d./]+ at \w+/);
    expect(ran).toEqual(["ip -4 route show"]);
  });

  test("the interface that an ngrokd has made for the range is no reason to refuse it", () => {
    const { addresses, ran } = open({
      routes: `${ROUTES}10.107.0.0/16 dev ngrokd0 proto kernel scope link src 10.107.0.1\n`,
    });
    addresses.take("10.107.0.2");
    expect(ran).toHaveLength(2);
  });

  test("what this process may not do is told with what it needs, and tried again", () => {
    const { addresses, ran } = open({ fault: "RTNETLINK answers: Operation not permitted" });
    const take = () => addresses.take("10.107.0.2");
    expect(take).toThrow(
      "10.107.0.0/16 cannot become an address of this machine: RTNETLINK answers: Operation not permitted",
    );
    expect(take).toThrow(expect.objectContaining({ hint: expect.stringContaining("CAP_NET_ADMIN") }));
    expect(ran).toHaveLength(4);
  });
});

test("on macOS each address is put on lo0, and taken from it at the end", () => {
  const { addresses, ran } = open({ platform: "darwin", pool: poolOf("127.107.0.0/16", "127.107.") });
  addresses.take("127.107.0.2");
  addresses.take("127.107.0.2");
  addresses.take("127.107.0.3");
  addresses.release();
  expect(ran).toEqual([
    "ifconfig lo0 alias 127.107.0.2 netmask 255.255.255.255",
    "ifconfig lo0 alias 127.107.0.3 netmask 255.255.255.255",
    "ifconfig lo0 -alias 127.107.0.2",
    "ifconfig lo0 -alias 127.107.0.3",
  ]);
});

/** A system that records what is run on it. */
function open({ pool = POOL, platform = "linux", routes = ROUTES, fault = "" } = {}) {
  const ran: string[] = [];
  const own = new Set<string>();
  const addresses = openLocalAddresses(pool, {
    ownInterface: "ngrokd0",
    platform,
    isOwn: (address) => own.has(platform === "linux" ? pool.text : address),
    run(program, words) {
      ran.push([program, ...words].join(" "));
      if (words.includes("show")) return { output: routes };
      if (fault !== "") return { fault };
      own.add(platform === "linux" ? pool.text : (words[2] ?? ""));
      return { output: "" };
    },
  });
  return { addresses, ran, own };
}

function poolOf(text: string, prefix: string) {
  return { text, indexOf: (address: string) => (address.startsWith(prefix) ? 2 : undefined) };
}
