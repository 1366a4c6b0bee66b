"""Listens to the event stream the way a trading program's viewer does, and prints what it gets, one line each.

event_listener.py websocket-client|websockets URL COUNT [ORIGIN]
"""

import asyncio
import json
import sys

library, url, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
origin = sys.argv[4] if len(sys.argv) > 4 else None


def show(message):
    event = json.loads(message)
    print(json.dumps([event["type"], event["account_id"]]), flush=True)


def listen_with_websocket_client():
    import websocket

    seen = []

    def on_message(app, message):
        show(message)
        seen.append(message)
        if len(seen) == count:
            app.close()

    app = websocket.WebSocketApp(
        url,
        on_open=lambda app: print("open", flush=True),
        on_message=on_message,
        on_error=lambda app, error: print(f"error {error}", flush=True),
    )
    app.run_forever(origin=origin, suppress_origin=origin is None)


async def listen_with_websockets():
    import websockets

    try:
        async with websockets.connect(url, origin=origin) as connection:
            print("open", flush=True)
            for _ in range(count):
                show(await connection.recv())
    except Exception as error:
        print(f"error {error}", flush=True)


if library == "websocket-client":
    listen_with_websocket_client()
else:
    asyncio.run(listen_with_websockets())
