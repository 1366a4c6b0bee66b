import { parseAddressRange } from "../../../net/address-range.ts";
import { Failure } from "../../../platform/failure.ts";

/** @returns `text`. @throws Failure `usage` for what is neither an IP address nor a range of them. */
export function checkAddressRange(flag: string, text: string): string {
  if (parseAddressRange(text) !== undefined) return text;
  throw new Failure("usage", `invalid ${flag}: ${JSON.stringify(text)}`, {
    hint: "an address such as 192.0.2.1, or a range such as 10.0.0.0/8 or fd00::/8",
  });
}
