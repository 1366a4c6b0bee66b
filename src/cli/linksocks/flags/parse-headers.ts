import { Failure } from "../../../platform/failure.ts";

/**
 * Headers of `--header "Name: value"`, by name. The last one of a name counts.
 * @throws Failure `usage`, whose text does not hold the value, for that may be a secret.
 */
export function parseHeaders(texts: readonly string[]): Readonly<Record<string, string>> {
  const headers = new Headers();
  for (const text of texts) {
    const [, name = "", value = ""] = /^([^:]+):(.*)$/s.exec(text) ?? [];
    try {
      headers.set(name, value.trim());
    } catch {
      throw new Failure("usage", `--header ${JSON.stringify(name)} cannot be sent`, {
        hint: '--header "Name: value", such as --header "User-Agent: example"',
      });
    }
  }
  return Object.fromEntries(headers);
}
