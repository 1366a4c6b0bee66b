/**
 * Fetches a page through a SOCKS5 proxy, the name resolved on its far side, with curl.
 * @param seconds how long it may take.
 * @returns the body. @throws where the transfer fails.
 */
export async function fetchThroughSocks(socksPort: number, url: string, seconds = 60): Promise<string> {
  const curl = Bun.spawn(
    [
      "curl",
      "--silent",
      "--show-error",
      "--max-time",
      String(seconds),
      "--socks5-hostname",
      `127.0.0.1:${socksPort}`,
      url,
    ],
    { stdout: "pipe", stderr: "pipe" },
  );
  const [body, complaint, code] = await Promise.all([curl.stdout.text(), curl.stderr.text(), curl.exited]);
  if (code !== 0) throw new Error(`curl ${url} through ${socksPort}: ${complaint.trim()}`);
  return body;
}

/** Whether something accepts on a loopback port. */
export async function accepts(port: number): Promise<boolean> {
  try {
    const socket = await Bun.connect({ hostname: "127.0.0.1", port, socket: { data() {} } });
    socket.end();
    return true;
  } catch {
    return false;
  }
}
