import { isDeepStrictEqual } from "node:util";
import * as v from "valibot";
import { readTextIfThere, replaceFile } from "../../platform/files/files.ts";
import type { KnownEndpoint } from "../endpoint.ts";

const documentSchema = v.pipe(
  v.string(),
  v.parseJson(),
  v.object({
    schema: v.literal(1),
    endpoints: v.array(
      v.object({
        url: v.string(),
        protocol: v.picklist(["http", "https", "tcp", "tls"]),
        hostname: v.pipe(v.string(), v.minLength(1), v.maxLength(253)),
        port: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65_535)),
        ids: v.array(v.string()),
        description: v.optional(v.string()),
      }),
    ),
  }),
);

/** The last listing of a source, in the file at `path`, for a start without a network. */
export function rememberList(path: string) {
  let known: readonly KnownEndpoint[] | undefined;
  return {
    /** None where the file is missing, or is not one that this version writes. @throws the system's error. */
    read(): readonly KnownEndpoint[] {
      const parsed = v.safeParse(documentSchema, readTextIfThere(path));
      known = parsed.success ? parsed.output.endpoints : undefined;
      return known ?? [];
    },
    /** Writes it where it has changed. @throws the system's error. */
    write(endpoints: readonly KnownEndpoint[]): void {
      const next = endpoints
        .map(({ url, protocol, hostname, port, ids, description }) => {
          return {
            url,
            protocol,
            hostname,
            port,
            ids: [...ids],
            ...(description === undefined ? {} : { description }),
          };
        })
        .sort((one, other) => (one.url < other.url ? -1 : 1));
      if (isDeepStrictEqual(next, known)) return;
      replaceFile(path, `${JSON.stringify({ schema: 1, endpoints: next }, null, 2)}\n`);
      known = next;
    },
  };
}
