import { expect, test } from "bun:test";
import { blame, fine, warn } from "../../../src/cli/doctor/diagnosis.ts";
import { examine } from "../../../src/cli/doctor/examine.ts";
import { installation } from "./circumstances.ts";

test("a check that cannot be carried out is a problem, and hides no other", async () => {
  using home = installation();
  const found = await examine(home.see(), {
    first: async () => {
      throw new Error("no such device");
    },
    second: async () => fine("well"),
  });
  expect(found).toEqual([
    { check: "first", severity: "problem", message: "this could not be looked at: no such device", remedy: null },
    { check: "second", severity: "ok", message: "well", remedy: null },
  ]);
});

test("a check that finds thousands of faults tells the worst 200 and counts the rest", async () => {
  using home = installation();
  const many = Array.from({ length: 1_000 }, (_, index) => index);
  const found = await examine(home.see(), {
    settings: () => [...many.flatMap((index) => warn(`odd ${index}`, null)), ...blame("wrong", null)],
  });
  expect(found.length).toBe(201);
  expect(found[0]).toMatchObject({ severity: "problem", message: "wrong" });
  expect(found.at(-1)).toMatchObject({ severity: "warning", message: "and 801 more, which are not shown" });
});

test("every check has something to say of an empty home, but for its tunnels", async () => {
  using home = installation();
  const found = await examine(home.see({ port: 0 }));
  expect(found.map(({ check }) => check)).toEqual(
    "daemon port events lock socket state processes wireproxy configs settings modes clock disk service".split(" "),
  );
});
