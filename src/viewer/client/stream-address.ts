import { Failure } from "../../platform/failure.ts";

/** Which events are wanted, and where from. */
export interface StreamQuestion {
  /** Such as `ws://127.0.0.1:8765`. */
  readonly url: string;
  /** Events of this account, and those that concern everybody; undefined: all. */
  readonly account?: number | undefined;
  /** Only these; undefined: all. */
  readonly types?: readonly string[] | undefined;
  /** Begin with what is newer than this number; undefined: with what happens from now on. */
  readonly since?: number | undefined;
  /** Begin with the last known state as events. */
  readonly snapshot?: boolean;
}

/** The address that asks for this and no more. A snapshot is left out where `since` tells where to go on. */
export function askFor({ url, account, types, since, snapshot }: StreamQuestion): string {
  const address = new URL(url);
  if (since !== undefined) address.searchParams.set("since", String(since));
  else if (snapshot === true) address.searchParams.set("snapshot", "1");
  if (account !== undefined) address.searchParams.set("account", String(account));
  if (types !== undefined) address.searchParams.set("types", types.join(","));
  return address.href;
}

/** The address of a stream as somebody typed it. @throws Failure `usage`. */
export function parseStreamUrl(text: string): string {
  const url = URL.parse(text);
  if (url !== null && (url.protocol === "ws:" || url.protocol === "wss:")) return url.href;
  throw new Failure("usage", `--url needs the address of a stream, not ${JSON.stringify(text)}`, {
    hint: "such as --url ws://127.0.0.1:8765",
  });
}
