"""Programs behind a SOCKS5 port, as Python has them: requests with PySocks, and dnslib over PySocks' datagrams.

Usage: socks_client.py SOCKS_PORT fetch URL [USERNAME PASSWORD]
       socks_client.py SOCKS_PORT resolve DNS_PORT NAME...
       socks_client.py SOCKS_PORT echo HOST PORT BYTES
Prints one JSON document, exits 1 on an error.
"""

import concurrent.futures
import hashlib
import json
import os
import socket
import sys

import requests
import socks
from dnslib import DNSRecord

SOCKS_PORT = int(sys.argv[1])
TIMEOUT_SECONDS = 10


def fetch(url, username="", password=""):
    login = f"{username}:{password}@" if username else ""
    proxy = f"socks5h://{login}127.0.0.1:{SOCKS_PORT}"
    answer = requests.get(url, proxies={"http": proxy}, timeout=TIMEOUT_SECONDS)
    return {"status": answer.status_code, "sha256": hashlib.sha256(answer.content).hexdigest()}


def resolve(port, *names):
    """All names at once, each over an association of its own: its addresses, or how the server refuses."""
    with concurrent.futures.ThreadPoolExecutor(len(names)) as pool:
        return list(pool.map(lambda name: ask(int(port), name), names))


def ask(port, name):
    question = DNSRecord.question(name, "A")
    with open_socket(socket.SOCK_DGRAM) as datagrams:
        datagrams.sendto(question.pack(), ("127.0.0.1", port))
        packet, sender = datagrams.recvfrom(4096)
    answer = DNSRecord.parse(packet)
    if sender != ("127.0.0.1", port) or answer.header.id != question.header.id:
        raise ValueError(f"an answer from {sender} that nobody asked for")
    return [str(record.rdata) for record in answer.rr] or answer.header.rcode


def echo(host, port, length):
    """Sends bytes to an echo server and compares what comes back."""
    sent = os.urandom(int(length))
    with open_socket(socket.SOCK_STREAM) as stream, concurrent.futures.ThreadPoolExecutor(1) as pool:
        stream.connect((host, int(port)))
        sending = pool.submit(stream.sendall, sent)
        received = bytearray()
        while len(received) < len(sent):
            piece = stream.recv(65536)
            if not piece:
                return False
            received += piece
        sending.result()
    return received == sent


def open_socket(kind):
    opened = socks.socksocket(socket.AF_INET, kind)
    opened.set_proxy(socks.SOCKS5, "127.0.0.1", SOCKS_PORT)
    opened.settimeout(TIMEOUT_SECONDS)
    return opened


if __name__ == "__main__":
    command = {"fetch": fetch, "resolve": resolve, "echo": echo}[sys.argv[2]]
    print(json.dumps(command(*sys.argv[3:])))
