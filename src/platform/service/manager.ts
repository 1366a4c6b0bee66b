import { Failure } from "../failure.ts";
import { createLaunchd } from "./launchd.ts";
import type { Scope, ServiceManager } from "./service.ts";
import { createSystemd } from "./systemd.ts";

/** The manager of a platform, in node's names. @throws Failure `platform-unsupported`. */
export function findServiceManager(platform: string, scope: Scope): ServiceManager {
  if (platform === "linux") return createSystemd(scope);
  if (platform === "darwin") return createLaunchd(scope);
  throw new Failure("platform-unsupported", `no service manager is known for ${platform}`, {
    hint: "start the daemon by other means: wpdaemon --daemon",
  });
}
