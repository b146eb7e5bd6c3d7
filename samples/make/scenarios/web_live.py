"""What servers tell without being asked each time: WebSocket between peers of the
`websockets` library, server-sent events and long polling between curl and servers of
a few lines.
"""

import base64
import contextlib
import hashlib
import itertools
import logging
import struct
import threading
import time

from lab import expect, receive
from programs import Server, curl
from scenarios.names import CLIENT, internet
from scenarios.web import NAME, WEB, direct, head_of, requests_of

KEY = "d2hlcmUgaXMgdGhlIGNhdA=="
GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


def _report(socket):
    """A server that knows one collar. What it is asked for by a path decides how it
    ends: well, or because it fails."""
    if socket.request.path == "/broken":
        socket.recv()
        raise RuntimeError("the collar is lost")
    for message in socket:
        if message == "location":
            socket.send("on the roof 52.5163 13.3777")
        elif message == "track":
            # One message in three frames, as the positions come.
            socket.send(f"52.51{number} 13.37{number}\n" for number in range(3))
            # The server asks whether the collar is there.
            socket.ping(b"purr").wait(5)
        else:
            socket.send(bytes(600))


def _websockets(lab, host, **options):
    """A server of the library in the namespace."""
    from websockets.sync.server import serve

    logging.getLogger("websockets").setLevel(logging.CRITICAL)  # a server is to fail
    server = serve(
        _report, sock=lab.listen(host, (WEB, 8080)), ping_interval=None,
        select_subprotocol=lambda _, offered: "collar.v1" if "collar.v1" in offered else None, **options,
    )  # fmt: skip
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    return server


@contextlib.contextmanager
def _connected(lab, host, path, **options):
    """A client of the library, from the namespace."""
    from websockets.sync.client import connect

    ends = lab.connect(host, (WEB, 8080))
    with connect(f"ws://{NAME}:8080{path}", sock=ends, ping_interval=None, proxy=None, **options) as socket:
        yield socket


def make_websocket(lab):
    """A collar's owner asks three times over one connection: a text, a message in
    three frames, and one of 600 bytes; the server sends a ping, the client another
    one, and the client closes. Then a connection on which the frames are compressed,
    and one that ends because the server fails."""
    from websockets.exceptions import ConnectionClosedError

    client, far, _ = internet(lab)
    server = _websockets(lab, far)
    with lab.capture(client, "websocket.pcap") as path:
        with _connected(lab, client, "/collars/7", subprotocols=["collar.v2", "collar.v1"], compression=None) as socket:
            for question, bytes_wanted in (("location", 27), ("track", 42), ("picture", 600)):
                socket.send(question)
                expect(len(socket.recv()) == bytes_wanted, f"another answer to {question}")
                time.sleep(0.05)
            expect(socket.ping(b"meow").wait(5), "no pong")
            time.sleep(0.05)
        with _connected(lab, client, "/collars/7") as socket:
            socket.send("picture")
            expect(len(socket.recv()) == 600, "another picture")
        with _connected(lab, client, "/broken", compression=None) as socket:
            socket.send("location")
            with contextlib.suppress(ConnectionClosedError):
                socket.recv()
        time.sleep(0.1)
    server.shutdown()
    asked, answered = requests_of(path)
    expect(asked.count(b"GET /") == 3 and answered.count(b" 101 Switching") == 3, "not three connections")
    expect(b"permessage-deflate" in answered and b"collar.v1" in answered, "nothing agreed on")
    expect(struct.pack("!H", 1011) in answered, "the server did not fail")


def _shake(key, accept=None):
    """The answer of a server to a handshake."""
    accept = accept or base64.b64encode(hashlib.sha1(key + GUID).digest())
    fields = b"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: " + accept
    return b"HTTP/1.1 101 Switching Protocols\r\n" + fields + b"\r\n\r\n"


def make_websocket_errors(lab):
    """A client of a few lines does not mask its frame: the library's server fails the
    connection with code 1002. Then a server of a few lines gives a wrong proof, and
    the library's client gives up."""
    from websockets.exceptions import InvalidHandshake
    from websockets.sync.client import connect

    client, far, _ = internet(lab)
    server = _websockets(lab, far, compression=None)

    def wrong(accepted):
        head_of(accepted)
        accepted.sendall(_shake(b"", base64.b64encode(hashlib.sha1(b"another key").digest())))
        accepted.recv(1)

    Server(lab, far, (WEB, 8081), wrong)
    with lab.capture(client, "websocket-errors.pcap") as path:
        caller = lab.connect(client, (WEB, 8080))
        caller.sendall(
            f"GET /collars/7 HTTP/1.1\r\nHost: {NAME}:8080\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {KEY}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
        )
        head_of(caller)
        caller.sendall(b"\x81\x08location")
        receive(caller, 4)
        caller.close()
        time.sleep(0.1)
        with contextlib.suppress(InvalidHandshake):
            connect(f"ws://{NAME}:8081/collars/7", sock=lab.connect(client, (WEB, 8081)), compression=None, proxy=None)
            expect(False, "the proof was taken")
        time.sleep(0.1)
    server.shutdown()
    asked, answered = requests_of(path)
    expect(b"\x81\x08location" in asked and struct.pack("!H", 1002) in answered, "the frame was taken")


def _events(first, last, pause, more=b""):
    """Events in chunks, one each."""
    for number in range(first, last + 1):
        event = b"id: %d\nevent: location\ndata: 52.51%d 13.37%d\n%s\n" % (number, number, number, more)
        more = b""
        yield b"%x\r\n%s\r\n" % (len(event), event)
        time.sleep(pause)


def _stream(accepted):
    """A server of events: five of them, a second connection goes on behind the last
    that the client knows. It closes when it has told them."""
    head, _ = head_of(accepted)
    known = head.partition(b"Last-Event-ID: ")[2].split(b"\r\n")[0]
    first = int(known) + 1 if known else 1
    accepted.sendall(
        b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-store\r\n"
        b"Transfer-Encoding: chunked\r\n\r\n"
    )
    for chunk in itertools.chain(_events(first, first + 4, 0.3, b"retry: 500\n"), [b"8\r\n: quiet\n\r\n"]):
        # A chunk goes out in two segments, so that an event is cut.
        accepted.sendall(chunk[:20])
        time.sleep(0.02)
        accepted.sendall(chunk[20:])
    accepted.sendall(b"0\r\n\r\n")


def make_server_sent_events(lab):
    """Five events at an interval of a third of a second; the server closes, the client
    comes again after half a second, as it was told, and names the last event that it
    has."""
    client, far, _ = internet(lab)
    Server(lab, far, (WEB, 8080), _stream)
    home = [*direct(8080), "-N", "-H", "Accept: text/event-stream", f"http://{NAME}:8080/collars/7/events"]
    with lab.capture(client, "server-sent-events.pcap") as path:
        rows = curl(client, home)
        time.sleep(0.5)
        rows += curl(client, ["-H", "Last-Event-ID: 5", *home])
    asked, answered = requests_of(path)
    expect(asked.count(b"GET /") == 2 and b"Last-Event-ID: 5" in asked, "not asked again")
    expect(answered.count(b"data: ") == 10, "not ten events")


def make_long_polling(lab):
    """A page asks for news: the server holds each request until it has some, for 5.2
    seconds, and the client asks again at once. Three times, then a request for
    something that is there."""
    client, far, _ = internet(lab)

    def news(accepted):
        while True:
            head, _ = head_of(accepted)
            if not head:
                return
            if b"GET /news" in head:
                time.sleep(5.2)
            body = b'{"collar":7,"at":"on the roof"}\n'
            accepted.sendall(
                b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nCache-Control: no-store\r\n"
                b"Content-Length: %d\r\n\r\n%s" % (len(body), body)
            )

    Server(lab, far, (WEB, 8080), news)
    asked = [[*direct(8080), f"http://{NAME}:8080/news?collar=7"]] * 3 + [[*direct(8080), f"http://{NAME}:8080/collars/7"]]
    with lab.capture(client, "long-polling.pcap") as path:
        rows = curl(client, *asked)
    expect([row["response_code"] for row in rows] == [200] * 4, f"measured {rows}")
    expect([row["num_connects"] for row in rows] == [1, 0, 0, 0], "more than one connection")
    expect(requests_of(path, CLIENT)[0].count(b"GET /news") == 3, "not asked three times")
