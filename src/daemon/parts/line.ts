import { type LineApiParts, startLineApi } from "../../api/line/server.ts";
import type { LineServer } from "../../net/line-server.ts";
import { Failure, systemCode } from "../../platform/failure.ts";
import { identifyPortHolder } from "../port-holder.ts";

/** Opens the line protocol's door. @throws Failure `address-in-use`, which says who has the port. */
export async function openLineDoor(parts: LineApiParts): Promise<LineServer> {
  const { port } = parts;
  try {
    return startLineApi(parts);
  } catch (error) {
    if (systemCode(error) !== "EADDRINUSE") {
      throw new Failure("address-in-use", `cannot listen on 127.0.0.1:${port}: ${systemCode(error) ?? "refused"}`, {
        hint: "choose another port with -p",
        cause: error,
      });
    }
    throw new Failure("address-in-use", `127.0.0.1:${port} is already taken by ${await identifyPortHolder(port)}`, {
      hint: "stop it first, or choose another port with -p",
    });
  }
}
