"""Speaks to the daemon the way Argus does (docs/protocols/line.md). Written anew for this suite.

Usage: argus_client.py PORT SOCKS_PORT COMMAND [ARGUMENT...]; prints one JSON document, exits 1 on an error.
"""

import json
import os
import socket
import sys
import threading
import time

PORT, SOCKS_PORT = int(sys.argv[1]), int(sys.argv[2])
TIMEOUT_SECONDS = 5
PIECE_BYTES = 1024


def send_command(command, *arguments):
    """One connection, one line, 1024-byte pieces until one has LF; everything received is one JSON document."""
    try:
        with socket.create_connection(("127.0.0.1", PORT), timeout=TIMEOUT_SECONDS) as client:
            client.sendall(f"{command}:{','.join(arguments)}\n".encode())
            received = b""
            while True:
                piece = client.recv(PIECE_BYTES)
                if not piece:
                    break
                received += piece
                if b"\n" in piece:
                    break
    except ConnectionRefusedError:
        return {"error": "Could not connect to WireProxyServer daemon"}
    except socket.timeout:
        return {"error": "Connection to WireProxyServer timed out"}
    if not received:
        return {"error": "No response from server"}
    return json.loads(received.decode().strip())


def is_running():
    """The probe before every set-up: connect within a second, say nothing, close."""
    try:
        socket.create_connection(("127.0.0.1", PORT), timeout=1).close()
        return True
    except OSError:
        return False


def set_up(wanted):
    """The sequence before each proxied connection; any error is fatal to a dispatcher."""
    if not is_running():
        raise RuntimeError("no daemon: Argus would now start its own")
    wanted = wanted.split(".conf")[0]
    state = send_command("state")
    if "result" not in state:
        raise RuntimeError(f"state failed: {state.get('error')}")
    if state["result"]["running"]:
        if state["result"]["config"].split(".conf")[0] == wanted:
            return state["result"]
        down = send_command("spin_down")
        if down["error"] is not None:
            raise RuntimeError(down["error"])
        time.sleep(2)
    up = send_command("spin_up", wanted)
    if up.get("error") is not None:
        raise RuntimeError(up["error"])
    return up["result"]


def brute(names):
    """The brute-force tester's round, its pauses as Argus has them."""
    carried = {}
    for name in names:
        send_command("spin_down")
        time.sleep(1)
        up = send_command("spin_up", name)
        if up.get("error") is not None:
            raise RuntimeError(up["error"])
        for _ in range(5):
            try:
                socket.create_connection(("127.0.0.1", SOCKS_PORT), timeout=2).close()
                break
            except OSError:
                time.sleep(0.5)
        else:
            raise RuntimeError(f"{name}: nothing listens on {SOCKS_PORT}")
        carried[name] = fetch(os.environ["PAGE_URL"])
        send_command("spin_down")
        time.sleep(0.5)
    return carried


def fetch(url):
    """requests and PySocks, the name resolved on the far side."""
    import requests

    session = requests.Session()
    session.trust_env = False
    proxy = f"socks5h://127.0.0.1:{SOCKS_PORT}"
    session.proxies = {"http": proxy, "https": proxy}
    reply = session.get(url, timeout=10)
    reply.raise_for_status()
    return reply.text


def websocket_round(url, messages):
    """websocket-client through PySocks, as start_proxy_aware_ws runs it; gives back what was echoed."""
    import websocket

    echoed = []

    def on_open(app):
        for number in range(messages):
            app.send(f"message {number} " + "x" * (number % 2000))

    def on_message(app, message):
        echoed.append(message)
        if len(echoed) == messages:
            app.close()

    app = websocket.WebSocketApp(url, on_open=on_open, on_message=on_message)
    app.run_forever(proxy_type="socks5", http_proxy_host="127.0.0.1", http_proxy_port=SOCKS_PORT)
    return echoed


def dispatchers(name, count):
    """Several dispatchers that reconnect together, as after a drop."""
    outcomes = [None] * count

    def run(index):
        try:
            outcomes[index] = set_up(name)["pid"]
        except Exception as error:  # a dispatcher's thread would be dead for good
            outcomes[index] = f"dead: {error}"

    threads = [threading.Thread(target=run, args=(index,)) for index in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


def start_proxy_aware(index, url):
    """One dispatcher as Argus runs it, with nothing but its environment to tell it where to go."""
    global SOCKS_PORT
    mapping = os.environ.get(f"WIREPROXY_MAPPING_{index}")
    bind = os.environ.get("WIREPROXY_BIND_ADDRESS", "127.0.0.1:25344")
    if mapping is None:
        raise RuntimeError("no mapping: Argus would connect directly")
    if os.environ.get("WIREPROXY_BLIND_BIND", "").lower() != "true":
        set_up(mapping)
    SOCKS_PORT = int(bind.rsplit(":", 1)[1])
    return {"bind": bind, "page": fetch(url)}


COMMANDS = {
    "probe": lambda: is_running(),
    "send": lambda *words: send_command(*words),
    "set-up": set_up,
    "brute": lambda *names: brute(names),
    "fetch": fetch,
    "websocket": lambda url, messages: websocket_round(url, int(messages)),
    "start-proxy-aware": start_proxy_aware,
    "dispatchers": lambda name, count: dispatchers(name, int(count)),
}

if __name__ == "__main__":
    try:
        print(json.dumps(COMMANDS[sys.argv[3]](*sys.argv[4:])))
    except Exception as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        sys.exit(1)
