/** What the program exits with: the command line, and the daemon towards its supervisor. Scripts test for them. */
export const EXIT = {
  done: 0,
  failed: 1,
  usage: 2,
  noDaemon: 3,
  stateCorrupt: 4,
  permissionDenied: 5,
  /** A fault of our own while the daemon served (sysexits.h: EX_SOFTWARE). */
  fault: 70,
  /** The daemon could not start. */
  notStarted: 71,
  /** Another daemon serves this installation (sysexits.h: EX_TEMPFAIL). */
  lockHeld: 75,
  /** As shells have it, for the command of `run`. */
  notExecutable: 126,
  notFound: 127,
} as const;
