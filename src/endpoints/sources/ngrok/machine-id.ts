import { createHmac, randomUUID } from "node:crypto";
import { join } from "node:path";
import { makePrivateFolder, readTextIfThere, replaceFile } from "../../../platform/files/files.ts";

const SYSTEM_ID = "/etc/machine-id";

/**
 * What tells an installation on a machine from all others, so that it finds its operator again after its files were lost.
 * It is made of the machine's own ID, which must not be shown to others, machine-id(5); where there is none, of a random one
 * that is kept in the folder. @throws the system's error.
 */
export function findMachineId(stateFolder: string, systemIdPath = SYSTEM_ID): string {
  const secret = readTextIfThere(systemIdPath)?.trim() || keepRandomId(stateFolder);
  return createHmac("sha256", secret).update(`wpdaemon endpoints ${stateFolder}`).digest("hex").slice(0, 32);
}

function keepRandomId(stateFolder: string): string {
  const path = join(stateFolder, "machine_id");
  const kept = readTextIfThere(path)?.trim();
  if (kept !== undefined && kept !== "") return kept;
  const made = randomUUID();
  makePrivateFolder(stateFolder);
  replaceFile(path, made);
  return made;
}
