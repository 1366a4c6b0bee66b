import { expect, test } from "bun:test";
import { refusalOf } from "./publish.ts";

test.each(["RUNNING", "STOPPING", "ERROR"])("%s is a status", (status) => {
  expect(refusalOf("daemon_status", { status })).toBeUndefined();
});

test.each(["running", "STOPPED", null])("%p is no status", (status) => {
  expect(refusalOf("daemon_status", { status })).toBe("data.status: must be RUNNING, STOPPING or ERROR");
});

test("has a message", () => {
  expect(refusalOf("daemon_status", { message: undefined })).toBe("data.message: is missing");
});
