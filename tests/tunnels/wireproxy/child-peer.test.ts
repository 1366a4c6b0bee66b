import { afterAll, afterEach, describe, expect, spyOn, test } from "bun:test";
import { hasPeerMoved } from "../../../src/tunnels/wireproxy/child.ts";

const lookup = spyOn(Bun.dns, "lookup");

afterEach(() => void lookup.mockReset());
afterAll(() => void lookup.mockRestore());

describe("a peer has moved", () => {
  test("a peer has moved where its name stands for other addresses by now", async () => {
    resolveTo("198.51.100.8", "198.51.100.9");
    expect(await hasPeerMoved(["peer.example"], "198.51.100.7:51820")).toBe(true);
    expect(await hasPeerMoved(["peer.example"], "[2001:db8::1]:51820")).toBe(true);
  });

  test("not where the address in use is among those that its name stands for", async () => {
    resolveTo("198.51.100.8", "2001:db8::1");
    expect(await hasPeerMoved(["peer.example"], "198.51.100.8:51820")).toBe(false);
    expect(await hasPeerMoved(["peer.example"], "[2001:db8::1]:51820")).toBe(false);
  });

  test("not where the resolver does not answer, or knows nothing: that says nothing of the peer", async () => {
    lookup.mockRejectedValue(new Error("out of reach"));
    expect(await hasPeerMoved(["peer.example"], "198.51.100.7:51820")).toBe(false);
    resolveTo();
    expect(await hasPeerMoved(["peer.example"], "198.51.100.7:51820")).toBe(false);
  });

  test("not where it has no name, and nobody is asked", async () => {
    expect(await hasPeerMoved(["198.51.100.8"], "198.51.100.7:51820")).toBe(false);
    expect(await hasPeerMoved([], "198.51.100.7:51820")).toBe(false);
    expect(await hasPeerMoved(["peer.example"], null)).toBe(false);
    expect(await hasPeerMoved(["peer.example", "198.51.100.7"], "198.51.100.7:51820")).toBe(false);
    expect(lookup).not.toHaveBeenCalled();
  });

  test("not where one of several peers' names stands for the address in use", async () => {
    lookup.mockImplementation(async (name) => answers(name === "one.example" ? "198.51.100.7" : "198.51.100.9"));
    expect(await hasPeerMoved(["two.example", "one.example"], "198.51.100.7:51820")).toBe(false);
  });
});

function resolveTo(...addresses: string[]): void {
  lookup.mockImplementation(async () => answers(...addresses));
}

function answers(...addresses: string[]) {
  return addresses.map((address) => ({
    address,
    family: address.includes(":") ? (6 as const) : (4 as const),
    ttl: 60,
  }));
}
