import { DEFAULT_PORT } from "../daemon/settings.ts";
import { Failure } from "../platform/failure.ts";

/**
 * The port to ask: the flag, else `WPDAEMON_PORT`, else 23888.
 * @throws Failure `usage`.
 */
export function choosePort(flag: string | number | undefined): number {
  if (typeof flag === "number") return flag;
  if (flag !== undefined) return parsePort("--port", flag);
  const variable = process.env["WPDAEMON_PORT"];
  return variable === undefined ? DEFAULT_PORT : parsePort("WPDAEMON_PORT", variable);
}

/** @throws Failure `usage` for what is no port: the predecessor's silent fall-back led people to the wrong daemon. */
export function parsePort(flag: string, text: string | undefined): number {
  const port = text !== undefined && /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (port <= 65_535) return port;
  throw new Failure("usage", `${flag} needs a port number, not ${JSON.stringify(text ?? "nothing")}`, {
    hint: "a number from 0 to 65535, such as -p 23888",
  });
}
