import { describe, expect, test } from "bun:test";
import { parseGap, parseMessage } from "../../../src/viewer/client/message.ts";

describe("a message", () => {
  test("a message with further members is read, and its text kept", () => {
    const text = '{"seq":4,"type":"x","account_id":7001,"data":{"id":92233720368547758070},"epoch":"e"}';
    expect(parseMessage(text)).toMatchObject({ seq: 4, type: "x", account_id: 7001, text });
  });

  test("a message without a number, and in several lines, is read, too", () => {
    const message = parseMessage('{\n\t"type":"x",\n"account_id":null,"data":{}}');
    expect(message).toMatchObject({ seq: undefined, account_id: null });
    expect(message?.text).not.toMatch(/[\n\t]/);
  });

  test.each([
    "",
    "{",
    "null",
    "[]",
    "{}",
    '{"type":1,"account_id":1,"data":{}}',
    '{"type":"x","data":{}}',
    '{"type":"x","account_id":"7001","data":{}}',
    '{"type":"x","account_id":1.5,"data":{}}',
    '{"type":"x","account_id":1,"data":null}',
  ])("%p is none", (text) => expect(parseMessage(text)).toBeUndefined());
});

test("a gap tells what was lost; anything else tells none", () => {
  const gap = parseMessage('{"seq":9,"type":"gap","account_id":null,"data":{"from":5,"to":9}}');
  const other = parseMessage('{"seq":9,"type":"x","account_id":null,"data":{"from":5,"to":9}}');
  expect(gap && parseGap(gap)).toEqual({ from: 5, to: 9 });
  expect(other && parseGap(other)).toBeUndefined();
});
