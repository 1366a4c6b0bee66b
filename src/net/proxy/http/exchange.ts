import { type ByteStream, createMailbox, listenTo } from "../../byte-stream.ts";
import { createFlow, pump } from "../../pump.ts";
import type { ForwardRequest } from "../proxy-request.ts";
import { measureBody } from "./body-meter.ts";
import { HttpFault } from "./fields.ts";
import { createHeadReader } from "./head-reader.ts";
import { encodeHttpReply, type HttpReplyStatus } from "./reply.ts";
import { type HttpResponse, parseResponse } from "./response.ts";

/** How an exchange came to its end. */
export type ExchangeEnd =
  /** The client has its response. */
  | { readonly kind: "answered"; readonly hostStays: boolean; readonly clientStays: boolean }
  /** The host has closed its connection without a word, and the request had no body. */
  | { readonly kind: "unanswered" }
  /** The client has been told something else, or nothing more can be told; it is to be closed. */
  | { readonly kind: "failed" }
  /** Both streams belong to another protocol now. */
  | { readonly kind: "switched" }
  /** The client has gone. */
  | { readonly kind: "left" };

const NOTHING = new Uint8Array(0);

/**
 * Sends one request to its host and the response to the client; each body as it comes, and no faster than it is taken.
 * @param client is kept, with what it sends behind the request, for its next listener.
 * @returns once both are through; a host that does not stay is closed.
 */
export function exchange(client: ByteStream, host: ByteStream, request: ForwardRequest): Promise<ExchangeEnd> {
  const outcome = Promise.withResolvers<ExchangeEnd>();
  const requestBody = measureBody(request.body);
  const there = createFlow(client, host, () => undefined);
  const back = createFlow(host, client, finishResponse);
  /** What comes behind the request is for the next listener. */
  const behind = createMailbox();
  let reader = createHeadReader();
  /** The response's head, until it goes out. */
  let unsent: Uint8Array = NOTHING;
  let response: HttpResponse | undefined;
  let responseBody: ReturnType<typeof measureBody> | undefined;
  /** The client has been sent something that a reply of ours would spoil. */
  let hasBegun = false;
  let isOver = false;

  listenTo(host, {
    onData: (bytes) => attempt(502, () => takeResponse(bytes)),
    onDrain: there.drain,
    onEnd: () => endOfHost(false),
    onClose: endOfHost,
  });
  there.carry(request.head);
  listenTo(client, {
    onData: (bytes) => attempt(400, () => takeRequest(bytes)),
    onDrain: back.drain,
    onEnd() {
      if (requestBody.isDone) behind.onEnd();
      else end({ kind: "left" }, "terminate");
    },
    onClose: () => end({ kind: "left" }, "terminate"),
  });
  if (!isOver) host.resume();
  if (!isOver && behind.unread.length === 0) client.resume();
  return outcome.promise;

  function takeRequest(bytes: Uint8Array): void {
    const taken = requestBody.isDone ? 0 : requestBody.take(bytes);
    if (taken > 0) there.carry(bytes.subarray(0, taken));
    if (taken === bytes.length) return;
    // The next request waits for this response.
    behind.onData(bytes.subarray(taken));
    client.pause();
  }

  function takeResponse(bytes: Uint8Array): void {
    let left = bytes;
    while (response === undefined) {
      const progress = reader.take(left);
      if (progress === "short") return;
      if (typeof progress === "string") throw new HttpFault(`the host's head is ${progress}`);
      left = progress.rest;
      begin(parseResponse(progress.lines, request));
      if (isOver) return;
    }
    carryBody(response, left);
  }

  /** A head goes out together with what of its body came with it: one packet in place of two. */
  function send(bytes: Uint8Array): void {
    const whole = unsent.length === 0 ? bytes : Buffer.concat([unsent, bytes]);
    unsent = NOTHING;
    if (whole.length > 0) back.carry(whole);
  }

  function begin(next: HttpResponse): void {
    if (next.isInterim) {
      if (next.head.length > 0) back.carry(next.head);
      reader = createHeadReader();
      return;
    }
    hasBegun = true;
    unsent = next.head;
    response = next;
    responseBody = measureBody(next.body);
  }

  function carryBody(head: HttpResponse, bytes: Uint8Array): void {
    if (responseBody === undefined || isOver) return;
    if (head.switches) {
      send(bytes);
      back.end("shutdown");
      return;
    }
    const taken = responseBody.take(bytes);
    send(bytes.subarray(0, taken));
    // What comes behind a response nobody has asked for.
    if (taken < bytes.length) response = { ...head, hostStays: false };
    if (responseBody.isDone) back.end("shutdown");
  }

  function endOfHost(wasBroken: boolean): void {
    if (response?.body.kind === "until-close" && !wasBroken) back.end("shutdown");
    else if (response !== undefined && responseBody?.isDone === true) response = { ...response, hostStays: false };
    else if (!hasBegun && request.body.kind === "length" && request.body.bytes === 0)
      end({ kind: "unanswered" }, "end");
    else fail(502, "the host has closed the connection early");
  }

  /** The client has taken the whole response. */
  function finishResponse(): void {
    if (response === undefined || isOver) return;
    const isWhole = requestBody.isDone && there.isEmpty;
    if (response.switches) {
      if (isWhole) switchOver();
      else fail(502, "the host changes the protocol too early");
      return;
    }
    const hostStays = response.hostStays && isWhole;
    const clientStays = response.clientStays && isWhole;
    end({ kind: "answered", hostStays, clientStays }, hostStays ? undefined : "end");
  }

  function switchOver(): void {
    isOver = true;
    there.stop();
    back.stop();
    client.data.listener = behind;
    pump(client, host);
    outcome.resolve({ kind: "switched" });
  }

  function attempt(status: HttpReplyStatus, act: () => void): void {
    if (isOver) return;
    try {
      act();
    } catch (error) {
      if (!(error instanceof HttpFault)) throw error;
      fail(status, error.message);
    }
  }

  /** @param sentence what the client is told where it has not been told anything else. */
  function fail(status: HttpReplyStatus, sentence: string): void {
    if (isOver) return;
    if (hasBegun) client.terminate();
    else client.write(encodeHttpReply(status, sentence));
    end({ kind: hasBegun ? "left" : "failed" }, "terminate");
  }

  /** @param ending what becomes of the host's connection. */
  function end(outcomeOfAll: ExchangeEnd, ending: "end" | "terminate" | undefined): void {
    if (isOver) return;
    isOver = true;
    reader.drop();
    there.stop();
    back.stop();
    listenTo(client, behind);
    listenTo(host, createMailbox());
    if (ending !== undefined) host[ending]();
    outcome.resolve(outcomeOfAll);
  }
}
