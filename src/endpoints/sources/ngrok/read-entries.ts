import * as v from "valibot";
import { describeError, Failure } from "../../../platform/failure.ts";
import type { KnownEndpoint, Listing } from "../../endpoint.ts";
import { isProtocol, makeEndpointAddress, parseEndpointUrl } from "../../url.ts";

const text = v.nullish(v.string(), "");

/** Anything may be left out, docs/protocols/endpoints.md#bound-endpoints. */
const entrySchema = v.object({
  id: text,
  url: text,
  public_url: text,
  proto: text,
  host: text,
  port: v.nullish(v.number(), 0),
  hostport: text,
  name: text,
  description: text,
});

type Entry = v.InferOutput<typeof entrySchema>;

/** Entries that can be no endpoint, of which each is told; of more their number is. */
const MOST_UNREADABLE = 200;

/** Endpoints among the entries of a list; one that can be none keeps no other from it. */
export function readEntries(entries: readonly unknown[]): {
  readonly endpoints: readonly KnownEndpoint[];
  readonly unreadable: Listing["unreadable"];
} {
  const endpoints: KnownEndpoint[] = [];
  const unreadable: Listing["unreadable"][number][] = [];
  for (const [index, written] of entries.entries()) {
    const entry = v.safeParse(entrySchema, written);
    const name = entry.success ? nameOf(entry.output) : "";
    try {
      if (!entry.success) throw new Failure("usage", "it is not written as an endpoint is");
      endpoints.push(readEntry(entry.output));
    } catch (error) {
      unreadable.push({ entry: (name || `entry ${index + 1}`).slice(0, 300), reason: describeError(error) });
    }
  }
  const left = unreadable.length - MOST_UNREADABLE;
  if (left <= 0) return { endpoints, unreadable };
  const others = { entry: `${left} others`, reason: "they can be no endpoints either" };
  return { endpoints, unreadable: [...unreadable.slice(0, MOST_UNREADABLE), others] };
}

function nameOf({ id, url, public_url, hostport, host }: Entry): string {
  return [url || public_url || hostport || host, id].filter((word) => word !== "").join(" ");
}

function readEntry(entry: Entry): KnownEndpoint {
  const address = addressOf(entry);
  if (entry.url !== "" && entry.proto !== "" && entry.proto.toLowerCase() !== address.protocol) {
    throw new Failure("usage", `its protocol is called ${entry.proto}, and its URL says ${address.protocol}`);
  }
  const description = entry.description || entry.name;
  return {
    ...address,
    ids: entry.id === "" ? [] : [entry.id],
    ...(description === "" ? {} : { description }),
  };
}

function addressOf({ url, public_url, proto, host, port, hostport }: Entry) {
  const written = url || public_url;
  if (written !== "") return parseEndpointUrl(written);
  const protocol = proto.toLowerCase();
  if (!isProtocol(protocol)) throw new Failure("usage", "it has neither a URL nor a protocol");
  if (host !== "") return makeEndpointAddress(protocol, host, port);
  return parseEndpointUrl(`${protocol}://${hostport}`);
}
