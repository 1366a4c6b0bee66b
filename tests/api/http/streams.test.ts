import { expect, test } from "bun:test";
import { createStreams } from "../../../src/api/http/streams.ts";

test("a stream that cannot begin takes no place among those that are open", async () => {
  const streams = createStreams();
  const fail = () => {
    throw new Error("the log cannot be read");
  };
  for (let count = 0; count < 100; count += 1) expect(() => streams.open("text/plain", fail)).toThrow("cannot be read");
  const answer = streams.open("text/plain", (sink) => {
    sink.send("hello");
    return () => undefined;
  });
  expect(answer.status).toBe(200);
  await answer.body?.cancel();
});

test("as many streams as may be open are served, and one that has ended makes room", async () => {
  const streams = createStreams();
  const open = () => streams.open("text/plain", () => () => undefined);
  const answers = Array.from({ length: 64 }, open);
  expect(open().status).toBe(503);
  await answers[0]?.body?.cancel();
  expect(open().status).toBe(200);
});
