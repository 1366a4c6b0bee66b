import { readLogTail } from "../../api/control/routes/log-tail.ts";

/** The last `count` lines of a log, the unfinished one included, noise left out; undefined where there is no such file. */
export function readLastLines(path: string, count: number): readonly string[] | undefined {
  const tail = readLogTail(path, count);
  if (tail === undefined || count === 0) return tail && [];
  return (tail.unfinished === "" ? tail.lines : [...tail.lines, tail.unfinished]).slice(-count);
}
