import * as v from "valibot";

/** As in Go, a member that is missing or null counts as empty, and members that are not known are passed over. */
const text = v.nullish(v.string(), "");

/** What POST /api/token asks for; reference page linksocks.md section 6.3. */
export const tokenRequestSchema = v.object({
  /** `forward`, `reverse` or `connector`; others have an answer of their own. */
  type: text,
  /** Empty: generated. */
  token: text,
  /** Of a reverse token; what is no port has an answer of its own. */
  port: v.nullish(v.pipe(v.number(), v.integer()), 0),
  username: text,
  password: text,
  /** Of a connector token. */
  reverse_token: text,
  allow_manage_connector: v.nullish(v.boolean(), false),
});

export type TokenRequest = v.InferOutput<typeof tokenRequestSchema>;

/** What DELETE /api/token names; section 6.4. */
export const removalRequestSchema = v.object({ token: text });
