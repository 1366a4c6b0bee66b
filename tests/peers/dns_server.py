"""A DNS server on 127.0.0.1, dnslib's.

Usage: dns_server.py ZONE, with the zone's records as text. Prints its port and ends when stdin closes, so that it never
outlives the test that started it.
"""

import sys

from dnslib.server import DNSLogger, DNSServer
from dnslib.zoneresolver import ZoneResolver

server = DNSServer(ZoneResolver(sys.argv[1]), address="127.0.0.1", port=0, logger=DNSLogger("-request,-reply,-truncated"))
server.start_thread()
print(server.server.server_address[1], flush=True)
sys.stdin.read()
