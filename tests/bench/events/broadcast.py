"""A feed as people write it with `websockets`: every line that comes in goes out to everybody.

broadcast.py PORT ENTRY: listeners connect to PORT; an empty line from ENTRY is answered once nothing waits to be sent.
"""

import asyncio
import resource
import sys

from websockets.asyncio.server import broadcast, serve

port, entry = int(sys.argv[1]), int(sys.argv[2])
listeners = set()


async def listen(connection):
    listeners.add(connection)
    try:
        await connection.wait_closed()
    finally:
        listeners.discard(connection)


async def take(reader, writer):
    async for line in reader:
        if line != b"\n":
            broadcast(listeners, line.decode().rstrip("\n"))
            continue
        while any(listener.transport.get_write_buffer_size() for listener in listeners):
            await asyncio.sleep(0.001)
        writer.write(b"\n")
        await asyncio.sleep(0)


async def main():
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    async with await asyncio.start_server(take, "127.0.0.1", entry):
        async with serve(listen, "127.0.0.1", port, compression=None):
            await asyncio.get_running_loop().create_future()


asyncio.run(main())
