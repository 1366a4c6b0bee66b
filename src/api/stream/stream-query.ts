import * as v from "valibot";
import type { NumberedEvent } from "../../events/event.ts";

/** What a client asks for in the query of its URL; without a query, everything from now on. */
export interface StreamQuery {
  /** The last number that it has seen: what is newer comes first. */
  readonly since?: number | undefined;
  /** The last known state comes before what happens from now on. */
  readonly snapshot: boolean;
  /** Events of this account alone, and those that concern everybody. */
  readonly account?: number | undefined;
  readonly types?: ReadonlySet<string> | undefined;
}

const EVERYTHING: StreamQuery = { snapshot: false };

/** More types than there are; a name as long as none is. */
const MOST_TYPES = 64;
const TYPE_NAME = /^[\w.-]{1,64}$/;

const whole = (pattern: RegExp, message: string) =>
  v.pipe(v.string(), v.regex(pattern, message), v.transform(Number), v.safeInteger(message));

const QUERY = v.strictObject(
  {
    since: v.optional(whole(/^\d+$/, '"since" has to be the number of an event: 0 or more, in digits')),
    snapshot: v.optional(v.picklist(["0", "1"], '"snapshot" has to be 1, or 0')),
    account: v.optional(whole(/^-?\d+$/, '"account" has to be the number of an account, in digits')),
    types: v.optional(
      v.pipe(
        v.string(),
        v.transform((text) => text.split(",")),
        v.maxLength(MOST_TYPES, `"types" has more than ${MOST_TYPES} names`),
        v.everyItem((name) => TYPE_NAME.test(name), '"types" has to be names of event types with commas between them'),
      ),
    ),
  },
  "the query has a parameter that is unknown; there are since, snapshot, account and types",
);

/** Reads the query of a URL. @returns it, or a sentence that says what is wrong with it. */
export function readStreamQuery(address: string): StreamQuery | { readonly reason: string } {
  const url = URL.parse(address);
  if (url === null) return { reason: "the request's target is no URL" };
  if (url.search === "") return EVERYTHING;
  const pairs = [...url.searchParams];
  if (new Set(pairs.map(([name]) => name)).size < pairs.length) {
    return { reason: "the query has a parameter more than once" };
  }
  const query = v.safeParse(QUERY, Object.fromEntries(pairs), { abortEarly: true });
  if (!query.success) return { reason: query.issues[0].message };
  const { since, snapshot, account, types } = query.output;
  return { since, snapshot: snapshot === "1", account, types: types && new Set(types) };
}

/** Whether an event is to be sent. What concerns everybody passes whatever account was asked for. */
export function isWanted({ account, types }: StreamQuery, { type, account_id }: NumberedEvent): boolean {
  return (account === undefined || account_id === null || account_id === account) && (types?.has(type) ?? true);
}
