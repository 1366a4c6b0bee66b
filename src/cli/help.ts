import { VERSION } from "../platform/self.ts";

export const HELP = `WpDaemon ${VERSION} (TypeScript) gives the programs on this machine their ways out through WireGuard, and keeps them open.

Usage: wpdaemon --daemon [-p PORT] [--home FOLDER]     serve in the foreground, on 127.0.0.1:23888
       wpdaemon COMMAND [OPTIONS]                      ask or prepare; wpdaemon COMMAND --help explains it
       wpdaemon                                        an interactive prompt

Commands
  up NAME            bring a tunnel up: wpdaemon up us-east
  down               bring it down
  status             what the daemon carries
  config add NAME    make a config from standard input or --file
  config import PATH take over one config, or a folder of them; a missing [Socks5] section is added
  config list        the configs, and whether each can be started
  config check NAME  every fault of a config, with its line and what to do
  config remove NAME delete a config

Flags
  -d, --daemon       serve; --run-server-daemon, as Argus writes it, means the same
  -i, --interactive  the prompt
  -p, --port N       the daemon's port, to serve on or to ask (WPDAEMON_PORT; 23888)
      --home FOLDER  configs, logs and state (ARGUS_HOME; ~/.argus)
  -v, --version      the version
  -h, --help         this text

Every command takes --json and then prints one JSON document on stdout; errors go to stderr.
Exit codes: 0 done, 1 refused or failed, 2 called wrongly or settings invalid, 3 no daemon answers.

A first tunnel: wpdaemon config import us-east.conf; wpdaemon --daemon & wpdaemon up us-east
then point a program at the SOCKS5 address it prints: curl --socks5-hostname 127.0.0.1:25344 https://example.com`;
