import type { ChannelId } from "./message.ts";

/** A random UUID of version 4, RFC 9562 section 5.4, as its 16 bytes. */
export function newUuid(): ChannelId {
  return parseUuid(crypto.randomUUID());
}

/** The 16 bytes of a UUID's text form, which has to be one. */
export function parseUuid(text: string): ChannelId {
  return Buffer.from(text.replaceAll("-", ""), "hex").toString("latin1");
}

/** Eight, four, four, four and twelve hexadecimal digits. */
export function formatUuid(id: ChannelId): string {
  return Buffer.from(id, "latin1")
    .toString("hex")
    .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
