import { networkInterfaces } from "node:os";
import { Failure } from "../../platform/failure.ts";
import { isIPv4 } from "../../platform/network/ip-address.ts";

/** The endpoint's own local address, with the port of its URL. */
export const VIRTUAL = "virtual";

/**
 * The address to listen on for a setting: an IPv4 address of this machine, `0.0.0.0` for all of them, or the name of an
 * interface, whose first IPv4 address it is.
 * @throws Failure `settings-invalid`, with what there is to choose from.
 */
export function findListenAddress(setting: string, interfaces = networkInterfaces()): string {
  if (setting === "0.0.0.0") return setting;
  const places = Object.entries(interfaces).flatMap(([name, addresses]) => {
    const first = addresses?.find(({ family }) => family === "IPv4");
    return first === undefined ? [] : [{ name, address: first.address }];
  });
  const own = Object.values(interfaces).flatMap((addresses) => addresses?.map(({ address }) => address) ?? []);
  const isOwn = own.includes(setting) || (process.platform === "linux" && setting.startsWith("127."));
  if (isIPv4(setting) && isOwn) return setting;
  const found = places.find(({ name }) => name === setting);
  if (found !== undefined) return found.address;
  const hint = `choose ${VIRTUAL}, 0.0.0.0, or one of: ${places.map(({ name, address }) => `${name} (${address})`).join(", ")}`;
  if (setting in interfaces)
    throw new Failure("settings-invalid", `the interface ${setting} has no IPv4 address`, { hint });
  const subject = isIPv4(setting) ? "no address" : "no interface";
  throw new Failure("settings-invalid", `${setting} is ${subject} of this machine`, { hint });
}
