"""One end of LinkSocks' Go core, driven through its Python API.

Usage: linksocks_peer.py JSON, with
  end      "server" or "client" (which is a provider, too, and a connector)
  options  keyword arguments of linksocks.Server or linksocks.Client
  calls    [[method, keyword arguments], ...]: of a server before it listens, of a client once it is ready

Prints one JSON object per line: {"event": "ready", "version", "results"} or {"event": "failed", "error"}, then
{"event": "log", ...} and {"event": "reply", "id", "result" or "error"}. Reads calls as lines on stdin, {"id", "method",
"arguments"}, and ends when stdin closes, so that it never outlives the test that started it.
"""

import dataclasses
import json
import logging
import os
import sys
import threading

import linksocks

SECONDS_TO_CLOSE = 2


def main():
    wanted = json.loads(sys.argv[1])
    options = {**wanted["options"], "logger": open_log()}
    if wanted["end"] == "server":
        end = linksocks.Server(**options)
    else:
        end = linksocks.Client(**options, direct_mode="relay-only", no_env_proxy=True)
    threading.Thread(target=become_ready, args=(end, wanted), daemon=True).start()
    for line in sys.stdin:
        answer(end, json.loads(line))
    closing = threading.Thread(target=end.close, daemon=True)
    closing.start()
    closing.join(SECONDS_TO_CLOSE)
    # The core's own threads may still be at work, and nobody waits for them.
    os._exit(0)


def become_ready(end, wanted):
    try:
        if wanted["end"] == "client":
            end.wait_ready()
        results = [call(end, method, arguments) for method, arguments in wanted["calls"]]
        if wanted["end"] == "server":
            end.wait_ready()
    except Exception as error:
        say(event="failed", error=str(error))
        os._exit(1)
    say(event="ready", version=linksocks.__version__, results=results)


def answer(end, asked):
    try:
        say(event="reply", id=asked["id"], result=call(end, asked["method"], asked["arguments"]))
    except Exception as error:
        say(event="reply", id=asked["id"], error=str(error))


def call(end, method, arguments):
    result = getattr(end, method)(**arguments)
    named = arguments.get("connector_token") or arguments.get("token")
    if method.startswith("add_") and isinstance(result, str) and named and result != named:
        # The binding gives the error's text in the place of the token.
        raise RuntimeError(result)
    return dataclasses.asdict(result) if dataclasses.is_dataclass(result) else result


class Saying(logging.Handler):
    def emit(self, record):
        say(event="log", level=record.levelname, message=record.getMessage(), fields=getattr(record, "go", {}))


def open_log():
    log = logging.getLogger("linksocks-peer")
    log.setLevel(logging.DEBUG)
    log.addHandler(Saying())
    return log


speaking = threading.Lock()


def say(**what):
    with speaking:
        print(json.dumps(what), flush=True)


main()
