import type { Circumstances } from "../circumstances.ts";
import { blame, type Diagnosis, fine } from "../diagnosis.ts";

const CHECK = "socket";

/** unix(7): 108 bytes on Linux, 104 on macOS, a zero at the end. */
const LONGEST = 103;

/** Whether the control socket's path is one that can be bound. */
export async function checkSocket({ paths }: Pick<Circumstances, "paths">): Promise<readonly Diagnosis[]> {
  const length = Buffer.byteLength(paths.control);
  if (length <= LONGEST) return [fine(CHECK, paths.control)];
  return [
    blame(
      CHECK,
      `${paths.control} is ${length} bytes long, and a socket's path holds ${LONGEST}`,
      "choose a folder with a shorter path, with --home or ARGUS_HOME",
    ),
  ];
}
