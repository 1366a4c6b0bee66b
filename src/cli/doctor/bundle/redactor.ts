import { encodingsOf } from "./encodings.ts";

/** It replaces a secret. */
export const REMOVED = "<removed>";

export type Redactor = ReturnType<typeof createRedactor>;

export interface KnownSecrets {
  readonly secrets: ReadonlySet<string>;
  /** Keys of peers. They are no secrets, and a reader needs them to tell the peers apart. */
  readonly publicKeys: ReadonlySet<string>;
}

/** A shorter secret is only removed as a word of its own, for it may be a part of any other. */
const LEAST_WITHIN_WORDS = 5;

/**
 * Takes secrets out of what leaves the machine, or stands on a screen: those that are known, in every encoding, and whatever
 * looks like one. `json` does so in every text, number and name of a document.
 */
export function createRedactor({ secrets, publicKeys }: KnownSecrets) {
  const wanted = [...secrets].filter((secret) => secret.trim() !== "");
  const literals = wanted
    .flatMap((secret) => (secret.length < LEAST_WITHIN_WORDS ? encodingsOf(secret).slice(1) : encodingsOf(secret)))
    .filter((text) => text.length >= LEAST_WITHIN_WORDS)
    .sort((one, other) => other.length - one.length);
  const short = wanted.filter((secret) => secret.length < LEAST_WITHIN_WORDS).map(standingAlone);

  return { text: redact, json };

  function redact(text: string): string {
    let result = text;
    for (const literal of literals) if (result.includes(literal)) result = result.replaceAll(literal, REMOVED);
    for (const pattern of short) result = result.replace(pattern, REMOVED);
    return removeSuspects(result, publicKeys);
  }

  function json(value: unknown): unknown {
    if (typeof value === "string") return redact(value);
    if (typeof value === "number") return redact(String(value)) === String(value) ? value : REMOVED;
    if (Array.isArray(value)) return value.map(json);
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([name, inner]) => [redact(name), SECRET_NAME.test(name) ? REMOVED : json(inner)]),
    );
  }
}

/** Whether what is kept under such a name is a secret. */
export const SECRET_NAME =
  /private_?-?key|pre_?-?shared_?-?key|pass_?-?word|passwd|passphrase|user_?-?name|token|secret|authorization|api_?-?key|cookie/i;

function standingAlone(secret: string): RegExp {
  return new RegExp(`(?<![A-Za-z0-9])${RegExp.escape(secret)}(?![A-Za-z0-9])`, "g");
}

/** Removes what looks like a secret, though no config holds it: a log may hold a key that was replaced since. */
function removeSuspects(text: string, publicKeys: ReadonlySet<string>): string {
  return (
    text
      // wireproxy repeats what it could not read: docs/protocols/line.md, wireproxy's log lines.
      .replace(
        /(key should be 32 bytes|invalid base64 string|delimiter not found|unclosed section): [^\n]*/g,
        `$1: ${REMOVED}`,
      )
      // The user and password of a URL.
      .replace(/([a-z][a-z0-9+.-]{0,30}:\/\/)[^\s"'<>@]{0,512}(?:@[^\s"'<>@/]{0,512}){0,8}@/gi, `$1${REMOVED}@`)
      .replace(/\b(Bearer|Basic) +[\w.~+/=-]{6,}/gi, `$1 ${REMOVED}`)
      // A name of a secret with its value; a sentence may have a colon after "Username".
      .replace(NAMED_VALUE, (_, before: string) => `${before}${REMOVED}`)
      // 32 bytes in base64, standard and for URLs, and in hex.
      .replace(/(?<![\w+/-])[\w+/-]{43}=(?![\w+/=-])/g, (key) => (publicKeys.has(key) ? key : REMOVED))
      .replace(/(?<![\w+/.-])(?=[\w-]*[A-Z])(?=[\w-]*[a-z])[\w-]{43}(?![\w+/=.-])/g, REMOVED)
      .replace(/[\da-f]{64,}/gi, REMOVED)
  );
}

const NAMES =
  "private[_-]?key|pre[_-]?shared[_-]?key|passw(?:or)?d|passphrase|token|secret|authorization|api[_-]?key|cookie";
const VALUE = `(?:"[^"\\n]*"?|'[^'\\n]*'?|[^\\s"'][^\\n]*)`;
const NAMED_VALUE = new RegExp(
  `((?:(?:${NAMES})["']?[ \\t]*[=:]|user[_-]?name["']?[ \\t]*=|^[ \\t]*["']?user[_-]?name["']?[ \\t]*:)[ \\t]*)${VALUE}`,
  "gim",
);
