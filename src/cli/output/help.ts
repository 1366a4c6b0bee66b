import { VERSION } from "../../platform/process/self.ts";

export const HELP = `WpDaemon ${VERSION} (TypeScript) gives the programs on this machine their ways out
through WireGuard or a WebSocket, and keeps them open.

Usage: wpdaemon COMMAND [OPTIONS]      wpdaemon COMMAND --help explains it
       wpdaemon --daemon [-p PORT]     serve in the foreground
       wpdaemon                        an interactive prompt

A first tunnel
  wpdaemon config import us-east.conf
  wpdaemon start
  wpdaemon up us-east
  wpdaemon run --via us-east -- curl https://example.com

The daemon
  start               start it in the background; --foreground: in this terminal
  stop                end it and its tunnels, by force where it hangs
  restart             let this program take over from it; the tunnels go on
  status              what it carries, and how each tunnel fares
  install, uninstall  have systemd or launchd keep it running, or no longer
  doctor              what is wrong, and what to do; --bundle FILE: to send it
  doctor clean        end what is left over of it, and remove such files
  version             of this program, of the daemon, and the wireproxy in use

Tunnels
  list                what can be brought up, and what is up
  up NAME…            bring tunnels up, and wait until they accept connections
  down [NAME…]        bring them down; --all: every one
  restart NAME        end its process and start a new one
  wait NAME           until it is --health healthy, or --state running
  run --via NAME -- COMMAND
                      run a command with the tunnel in its environment
  logs [NAME]         of a tunnel, audit, or daemon; -f goes on

Events
  events publish [FILE]
                      take in a program's events, one JSON document a line
  events              follow what happens; --account N, --types A,B, --since SEQ
  trader --account-id N
                      one account live on a terminal

Configs
  config add NAME     make one from standard input or --file
  config import PATH  take over one, or a folder of them
  config list         all of them, and whether each can be started
  config check NAME   every fault of one, with its line and what to do
  config remove NAME  delete one

LinkSocks, whose command lines work with wpdaemon before them
  linksocks server     let clients out through this machine, or providers
  linksocks client     a SOCKS5 port whose way out is a server
  linksocks provider   be the way out of a server and its connectors
  linksocks connector  a SOCKS5 port whose way out is a provider
  linksocks version    the release of LinkSocks that is kept to

Flags
  -d, --daemon        serve; --run-server-daemon, as Argus writes it, too
  -i, --interactive   the prompt
  -p, --port N        the daemon's port (WPDAEMON_PORT; 23888)
      --home FOLDER   configs, logs and state (ARGUS_HOME; ~/.argus)
  -v, --version       the version
  -h, --help          this text

With --json a command prints one JSON document on stdout, and an error as
{"ok":false,"error":{"code","message","hint"}} on stderr.

Exit codes: 0 done, 1 refused or failed, 2 called wrongly or settings invalid,
3 no daemon runs, 4 its state file is corrupt, 5 permission denied. run passes
on its command's own: 127 for none of that name, 126 for one that cannot be
executed, 128 and the signal's number after a signal.
`.trimEnd();
