/** Every figure by which a tunnel's health is judged. Times are milliseconds. */
export const HEALTH_LIMITS = {
  /**
   * So many failed sends within the window are a dead network, fewer a passing trouble. A dead link fails twice a second
   * while data is wanted (measured), so it is told within 3 s.
   */
  sendFailures: 5,
  sendFailureWindow: 10_000,
  /** Handshakes in a row without answer. One may be lost, a second with it; three take 15 s, the retry being 5 s. */
  unansweredHandshakes: 3,
  /**
   * A silence this long, seen by so many looks, is reported: inner TCP is answered at once, and only data for a dead
   * target inside waits for WireGuard's own answer, up to 10 s.
   */
  silence: 4_000,
  silentLooks: 2,
  /** Data is answered within 10 s by an empty packet if by nothing else (WireGuard's KeepaliveTimeout), and 1 s to travel. */
  certainSilence: 11_000,
  /**
   * A peer that lives is heard by now even where packets were lost: WireGuard asks again 15 s after it last heard, and
   * twice more, each 5 s later.
   */
  deadSilence: 30_000,
  /**
   * What one look adds to a silence at most, a little above the slowest look with traffic. A longer
   * pause only means that nobody looked, as while a laptop sleeps.
   */
  silencePerLook: 6_000,
  /** Keys older than this carry nothing (WireGuard's Reject-After-Time): only then does a restart lose nothing. */
  sessionLife: 180_000,
  /** Bytes of a keep-alive: it is sent without an answer being due. Any data takes at least 64. */
  keepAliveBytes: 32,
  /** Seconds between keep-alives where that is not known: a little below the customary 25. */
  keepAliveSeconds: 20,
  /** A sign of life speaks for so long: WireGuard gives up a session after 180 s (RejectAfterTime). */
  freshness: 180_000,
  /**
   * Data of so many bytes, sent over so long a time, is answered by data: inner TCP repeats a first packet five times in
   * 15 s, 96 bytes each.
   */
  unansweredData: 12_000,
  unansweredBytes: 350,
  /** Nobody has sent for so long: nothing can be said any more. */
  forgetUnanswered: 60_000,
  /** WireGuard's handshake initiation in bytes: without keys nothing else is sent. */
  initiationBytes: 148,
  /** Between two pings of `CheckAlive`: its default, and the longest that is taken for a row before its pace is known. */
  quickestPing: 5_000,
  slowestPing: 60_000,
  /** Failed probes in a row; one may be lost on the way, or meet a target that restarts. */
  failedProbes: 2,
  /**
   * Pause between two looks while nothing moves. Each look writes a line into the log, and a black hole is to be told
   * 15 s after the first unanswered byte: 8 s to notice, 4 s of silence, 3 s of reserve for a busy machine.
   */
  quietLook: 8_000,
  /** While traffic flows: two of them and the silence, 12 s, must hold within the same 15 s. */
  busyLook: 4_000,
  /** While in doubt: the silence is known to the second. */
  doubtfulLook: 1_000,
  /** A doubt older than this is looked at as if there were none: its verdict stands, and the log should not fill. */
  closeWatch: 60_000,
} as const;
