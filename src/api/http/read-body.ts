import { letGo } from "../../platform/containment.ts";
import { refuse } from "./envelope.ts";
import { createJointBound, type JointBound } from "./joint-bound.ts";

/** Bytes of a body; the largest that is sensible is a session's metadata. */
export const BODY_LIMIT = 1024 * 1024;

/** A longer one is counted while it comes, where its sender has proven nothing; the clients of a door have 16 MiB of shorter ones. */
const SHORT_BODY = 64 * 1024;

/** Of longer ones that are under way at a time. */
const BODIES_OF_ALL = 16 * 1024 * 1024;

/** What the loop watch calls it. */
const BODY_PART = "request body";

type GiveUp = () => void;

/** Bounds the bodies of all whom nobody knows yet, together: who has been sending longest makes room. */
export function createBodyBound(): JointBound<GiveUp> {
  return createJointBound(BODIES_OF_ALL, (giveUp: GiveUp) => giveUp());
}

/**
 * Reads the body of a request, empty where there is none, or gives the refusal of one that exceeds 1 MiB or breaks off.
 * @param bound where the sender is not known yet.
 */
export async function readBody(request: Request, bound?: JointBound<GiveUp>): Promise<Uint8Array | Response> {
  const announced = request.headers.get("content-length");
  if (announced !== null && Number(announced) > BODY_LIMIT) return tooLarge();
  if (request.body === null) return new Uint8Array();
  try {
    // A stream leaves so much garbage that every thirteenth request waits 3 ms for a collection.
    if (announced !== null && (bound === undefined || Number(announced) <= SHORT_BODY)) return await request.bytes();
    return await readPieces(request.body, bound);
  } catch {
    return refuse(400, "body-incomplete", "the connection broke off within the body");
  }
}

async function readPieces(
  body: NonNullable<Request["body"]>,
  bound?: JointBound<GiveUp>,
): Promise<Uint8Array | Response> {
  const reader = body.getReader();
  const pieces: Uint8Array[] = [];
  let length = 0;
  let isGivenUp = false;
  const giveUp = () => {
    isGivenUp = true;
    letGo(BODY_PART, reader.cancel());
  };
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (isGivenUp) return refuse(503, "too-many-bodies", "other clients send too much", "try again");
      if (done) return Buffer.concat(pieces);
      length += value.length;
      if (length > BODY_LIMIT) return tooLarge();
      pieces.push(value);
      bound?.(giveUp, length);
    }
  } finally {
    bound?.(giveUp, 0);
  }
}

function tooLarge(): Response {
  return refuse(413, "body-too-large", "the body exceeds 1 MiB");
}

/** Parses a body as JSON in UTF-8, or gives the refusal; undefined where there is no body. */
export function parseBody(request: Request, body: Uint8Array): unknown {
  if (body.length === 0) {
    const isAnnounced = request.headers.get("content-type")?.startsWith("application/json") ?? false;
    return isAnnounced ? refuse(400, "empty-body", "the body is empty, but the Content-Type says JSON") : undefined;
  }
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body));
  } catch {
    return refuse(400, "malformed-json", "the body is no JSON in UTF-8");
  }
}
