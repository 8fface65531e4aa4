#!/usr/bin/env python3
"""Prints every message of the WebSocket of `ctm serve` as a line of JSON.

    python3 watch.py http://127.0.0.1:51888/ | jq .data.totals

Needs nothing but Python 3.8. It ends when the connection does; `watch.mjs` shows how to reconnect.
The protocol is described in `docs/websocket.md`.
"""

import base64
import json
import os
import socket
import sys
from urllib.parse import urlsplit

TEXT, CLOSE, PING, PONG = 0x1, 0x8, 0x9, 0xA


def connect(page):
    """Opens a WebSocket, and returns its socket and a file to read from it."""
    address = urlsplit(page)
    connection = socket.create_connection((address.hostname, address.port or 80))
    key = base64.b64encode(os.urandom(16)).decode()
    connection.sendall(
        f"GET {address.path}api/v1/ws HTTP/1.1\r\nHost: {address.netloc}\r\n"
        f"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Protocol: ctm.v1\r\n\r\n".encode()
    )
    stream = connection.makefile("rb")
    status = stream.readline().decode()
    if " 101 " not in status:
        sys.exit(f"no WebSocket: {status.strip()}")
    while stream.readline().strip():
        pass
    return connection, stream


def receive(stream):
    """Waits for a frame; a server of ctm sends each message in one."""
    head = stream.read(2)
    if len(head) < 2:
        sys.exit("the connection is lost")
    code, length = head
    if length >= 126:
        length = int.from_bytes(stream.read(2 if length == 126 else 8), "big")
    return code & 0x0F, stream.read(length)


def send(connection, code, payload):
    """Sends a frame of up to 4 kB."""
    mask = os.urandom(4)
    size = len(payload)
    length = bytes([0x80 | size]) if size < 126 else b"\xfe" + size.to_bytes(2, "big")
    masked = bytes(byte ^ mask[at % 4] for at, byte in enumerate(payload))
    connection.sendall(bytes([0x80 | code]) + length + mask + masked)


def main(page):
    connection, stream = connect(page)
    subscribe = {"v": 1, "type": "subscribe", "data": {"topics": ["stats", "sessions", "blocks"]}}
    send(connection, TEXT, json.dumps(subscribe).encode())
    while True:
        code, payload = receive(stream)
        if code == TEXT:
            print(payload.decode(), flush=True)
        elif code == PING:
            send(connection, PONG, payload)
        elif code == CLOSE:
            sys.exit(f"closed by the server: {int.from_bytes(payload[:2], 'big')} {payload[2:].decode()}")


main(sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:51888/")
