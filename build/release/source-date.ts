/** 1980-01-01, the earliest that every archive format can tell. */
const EARLIEST = 315_532_800;

/**
 * The date of a release, in seconds since 1970: as the environment states it, else the last commit's, else a constant.
 * It stands in for the clock, which would make every build another one.
 * @param stated `SOURCE_DATE_EPOCH`, as reproducible-builds.org describes it.
 * @throws Error where what is stated is no number.
 */
export function findSourceDate(root: string, stated: string | undefined): number {
  if (stated !== undefined) return parseSeconds(stated);
  const git = Bun.spawnSync(["git", "log", "-1", "--format=%ct"], { cwd: root, stderr: "ignore" });
  return git.success ? parseSeconds(git.stdout.toString().trim()) : EARLIEST;
}

function parseSeconds(text: string): number {
  if (/^\d{1,11}$/.test(text)) return Number(text);
  throw new Error(`SOURCE_DATE_EPOCH is ${JSON.stringify(text)}, not a number of seconds`);
}
