"""A trading program's client, which reports everything through one callback: the nine events and its own connection_status.

callback_client.py URL ACCOUNT|all

Prints each call of the callback as JSON. Events of other accounts are dropped here, those of nobody are not.
"""

import json
import sys

import websocket

url, account = sys.argv[1], sys.argv[2]


def callback(event_type, account_id, data):
    print(json.dumps({"type": event_type, "account_id": account_id, "data": data}), flush=True)


def on_message(app, message):
    event = json.loads(message)
    if account == "all" or event["account_id"] in (None, int(account)):
        callback(event["type"], event["account_id"], event["data"])


app = websocket.WebSocketApp(
    url,
    on_open=lambda app: callback("connection_status", None, {"connected": True}),
    on_message=on_message,
    on_close=lambda app, code, reason: callback("connection_status", None, {"connected": False}),
)
app.run_forever()
