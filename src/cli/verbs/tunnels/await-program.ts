import type { TunnelEntry } from "../../../api/control/schemas.ts";
import { Failure } from "../../../platform/failure.ts";
import { pause } from "../../../platform/waiting.ts";
import type { ControlClient } from "../../daemon/control-client.ts";
import { drawDownload } from "../../output/download-bar.ts";
import { sayError } from "../../output/report.ts";
import { isTerminal } from "../../output/terminal.ts";

type Client = Pick<ControlClient, "up" | "status">;

const LOOK_MS = 200;

/**
 * Brings a tunnel up; where that fails because wireproxy is still being downloaded, it waits for the download, shows how
 * far it is on stderr, and tries again once.
 * @throws Failure what `up` throws, and `program-missing` with the reason where the download failed.
 */
export async function upWithProgram(control: Client, name: string): Promise<TunnelEntry> {
  try {
    return await control.up(name);
  } catch (error) {
    if (!(error instanceof Failure) || error.code !== "program-missing") throw error;
    await waitForProgram(control, error);
    return await control.up(name);
  }
}

/** Tunnels that are brought up together wait for one download, and show it once. */
let waiting: Promise<void> | undefined;

function waitForProgram(control: Client, refusal: Failure): Promise<void> {
  waiting ??= showDownload(control, refusal).finally(() => {
    waiting = undefined;
  });
  return waiting;
}

async function showDownload(control: Client, refusal: Failure): Promise<void> {
  const isShown = isTerminal("stderr");
  let isTold = false;
  for (;;) {
    const { program, programDownload: download, programFault: fault } = (await control.status()).daemon;
    if (download == null) {
      if (isShown && isTold) sayError("");
      if (program !== null) return;
      throw fault == null ? refusal : new Failure("program-missing", `wireproxy: ${fault}`, { hint: refusal.hint });
    }
    if (isShown) drawDownload(download);
    else if (!isTold) sayError("waiting for wireproxy, which is being downloaded");
    isTold = true;
    await pause(LOOK_MS);
  }
}
