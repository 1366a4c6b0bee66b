/** What `wpdaemon linksocks --help` says beside the roles. */
export const NOTES = `LinkSocks carries SOCKS5 connections in WebSockets, so that they pass where
only web traffic does. A LinkSocks command line works with wpdaemon before it.

Leave from the server
  there  wpdaemon linksocks server --token-file token.txt
  here   wpdaemon linksocks client -u ws://example.com:8765 \\
           --token-file token.txt
         curl --socks5-hostname 127.0.0.1:9870 https://example.org

Leave from another machine, which need not be reachable
  server     wpdaemon linksocks server -r
             (prints a token, a connector token and its own SOCKS5 port)
  leaves     wpdaemon linksocks provider -u ws://example.com:8765 \\
               --token-file token.txt
  connects   wpdaemon linksocks connector -u ws://example.com:8765 \\
               --token-file connector.txt

A flag that has an environment variable (LINKSOCKS_TOKEN, LINKSOCKS_URL, ...) is
read from it where it is not given. LINKSOCKS_MODE names the role where the
command line does not: client (or forward), provider (or reverse), connector,
server.

Every user of this machine can see a token on the command line, with ps. They
cannot see the file of --token-file, or LINKSOCKS_TOKEN.

Exit codes: 0 stopped by SIGINT or SIGTERM, 1 failed (token refused, port taken,
server lost with --no-reconnect), 2 called wrongly. A second signal ends it at
once.`;
