/** Whether a machine without what a test needs may leave the test out. In CI it runs all the same, and fails. */
export const MAY_SKIP = ["", "0", "false"].includes(process.env["CI"] ?? "");

/** Whether a test that needs one of these programs may be left out for want of it. */
export function lacksProgram(...names: readonly string[]): boolean {
  return MAY_SKIP && names.every((name) => Bun.which(name) === null);
}
