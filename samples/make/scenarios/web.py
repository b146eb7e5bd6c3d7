"""The web as it goes over the wire: HTTP/1 between curl and nginx, with small
servers in Python where nginx does not do what is to be shown.

Beside each capture stands what the peers measured themselves.
"""

import http.server
import threading
import time

from lab import expect, frames, receive
from programs import Measured, Nginx, Server, curl
from scenarios.names import CLIENT, RESOLVER, internet

NAME, WEB = "collars.example.com", "203.0.113.80"
PAGE = b"""<!doctype html>
<title>Pet collars</title>
<link rel="stylesheet" href="/style.css">
""" + b"".join(b"<p>Collar %d reported its location.</p>\n" % number for number in range(1, 41))
STYLE = b"p { color: teal }\np:hover { color: coral }\n"
UPSTREAM = ("127.0.0.1", 9000)
PROXY = "proxy_pass http://127.0.0.1:9000; proxy_buffering off;"


def direct(port):
    """Arguments of curl that spare it the question for the address."""
    return ["--resolve", f"{NAME}:{port}:{WEB}"]


def requests_of(path, client=CLIENT):
    """The bytes of the client's segments and of the servers', joined."""
    found = [frame for frame in frames(path) if frame.protocol == "tcp"]
    asked = b"".join(frame.payload for frame in found if frame.source == client)
    return asked, b"".join(frame.payload for frame in found if frame.source != client)


def reply(body, status=b"200 OK", *fields):
    """A response of known length."""
    lines = [b"HTTP/1.1 " + status, *fields, b"Content-Length: %d" % len(body)]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


def head_of(accepted):
    """The head of one request, and what came behind it; empty at the end."""
    read = b""
    while b"\r\n\r\n" not in read:
        more = accepted.recv(4096)
        if not more:
            return b"", b""
        read += more
    head, _, rest = read.partition(b"\r\n\r\n")
    return head, rest


def make_http(lab):
    """A page and its style sheet, something that is not there, the head of the
    page alone, and the page if it has changed: five requests on one connection,
    after the name was resolved."""
    client, far, _ = internet(lab)
    measured = Measured(lab, "http")
    pages = [("index.html", PAGE), ("style.css", STYLE)]
    nginx = Nginx(lab, far, f"server {{ listen {WEB}:80; }}", pages)
    home = f"http://{NAME}/"
    unchanged = f'If-None-Match: "{1_704_067_200:x}-{len(PAGE):x}"'
    with lab.capture(client, "http.pcap") as path:
        rows = curl(
            client, [home], [f"{home}style.css"], [f"{home}collar.png"], ["--head", home], ["-H", unchanged, home],
            resolver=RESOLVER,
        )  # fmt: skip
    measured.add("curl", *rows)
    measured.add("nginx", *nginx.log())
    measured.write()
    codes = [row["response_code"] for row in rows]
    expect(codes == [200, 200, 404, 200, 304], f"answered {codes}")
    expect([row["num_connects"] for row in rows] == [1, 0, 0, 0, 0], "more than one connection")
    expect([frame.protocol for frame in frames(path)[:4]] == ["udp"] * 4, "DNS does not come first")


def make_http_pipelined(lab):
    """Three requests in one segment. The first is answered after 0.4 s, and the
    other two, which take no time, wait behind it."""
    client, far, _ = internet(lab)
    measured = Measured(lab, "http-pipelined")

    def slow(accepted):
        head_of(accepted)
        time.sleep(0.4)
        accepted.sendall(reply(b"The report took its time.\n"))

    Server(lab, far, UPSTREAM, slow)
    nginx = Nginx(
        lab, far, f"server {{ listen {WEB}:8080; location /report {{ {PROXY} }} }}", [("index.html", PAGE), ("style.css", STYLE)]
    )
    rows, targets = [], ("/report", "/style.css", "/")
    with lab.capture(client, "http-pipelined.pcap") as path:
        caller = lab.connect(client, (WEB, 8080))
        begin = time.monotonic()
        caller.sendall(b"".join(f"GET {target} HTTP/1.1\r\nHost: {NAME}:8080\r\n\r\n".encode() for target in targets))
        rest = b""
        for target in targets:
            while b"\r\n\r\n" not in rest:
                rest += caller.recv(4096)
            first = time.monotonic() - begin
            head, _, rest = rest.partition(b"\r\n\r\n")
            length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0]) if b"ength" in head else None
            rest = _body(caller, rest, length)
            rows.append({
                "method": "GET", "uri": target, "time_starttransfer": round(first, 6),
                "time_total": round(time.monotonic() - begin, 6),
            })  # fmt: skip
        caller.close()
        time.sleep(0.1)
    measured.add("python", *rows)
    measured.add("nginx", *nginx.log())
    measured.write()
    expect(all(0.4 < row["time_starttransfer"] < 0.5 for row in rows), f"measured {rows}")
    expect(requests_of(path)[1].count(b"HTTP/1.1 200 OK") == 3, "not all answered")


def _body(caller, rest, length):
    """Reads a body of known length or in chunks; gives what came behind it."""
    if length is None:
        while b"0\r\n\r\n" not in rest:
            rest += caller.recv(4096)
        return rest.partition(b"0\r\n\r\n")[2]
    while len(rest) < length:
        rest += caller.recv(4096)
    return rest[length:]


def make_http_continue(lab):
    """The client asks before it sends 2 kB: told to go on, then, for 2 kB in
    chunks, without being asked; and refused, so that it keeps the body to itself."""
    client, far, _ = internet(lab)
    measured = Measured(lab, "http-continue")

    def store(accepted):
        head, rest = head_of(accepted)
        length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
        receive(accepted, length - len(rest))
        accepted.sendall(reply(b"stored\n", b"201 Created", b"Location: /collars/1"))

    Server(lab, far, UPSTREAM, store)
    nginx = Nginx(
        lab, far,
        f"server {{ listen {WEB}:80; location / {{ {PROXY} }} location /small {{ client_max_body_size 1k; {PROXY} }} }}",
    )  # fmt: skip
    track = "".join(f"51.{number:04},7.{number:04}\n" for number in range(146))  # 2044 bytes
    upload = [*direct(80), "--data-binary", track, "-H", "Content-Type: text/csv"]
    with lab.capture(client, "http-continue.pcap") as path:
        rows = curl(
            client,
            [*upload, "-H", "Expect: 100-continue", f"http://{NAME}/collars"],
            [*upload, "-H", "Transfer-Encoding: chunked", f"http://{NAME}/collars"],
            [*upload, "-H", "Expect: 100-continue", f"http://{NAME}/small"],
        )
    measured.add("curl", *rows)
    measured.add("nginx", *nginx.log())
    measured.write()
    codes = [row["response_code"] for row in rows]
    expect(codes == [201, 201, 413], f"answered {codes}")
    asked, answered = requests_of(path)
    expect(answered.count(b" 100 Continue") == 1 and asked.count(b"51.0145") == 2, "no body held back")


def make_http_chunked(lab):
    """A response that is made while it is sent: three chunks, and a trailer; and
    a page that is compressed on the way."""
    client, far, _ = internet(lab)
    measured = Measured(lab, "http-chunked")

    def lines(accepted):
        head_of(accepted)
        accepted.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n")
        for number in range(1, 4):
            line = b"collar %d: location\n" % number
            accepted.sendall(b"%x\r\n%s\r\n" % (len(line), line))
            time.sleep(0.1)
        accepted.sendall(b"0\r\n\r\n")

    Server(lab, far, UPSTREAM, lines)
    nginx = Nginx(
        lab, far,
        f"server {{ listen {WEB}:8080; gzip on; gzip_min_length 100; gzip_comp_level 1;"
        f" location /log {{ gzip off; add_header Trailer X-Lines; add_trailer X-Lines 3; proxy_http_version 1.1; {PROXY} }} }}",
        [("index.html", PAGE)],
    )  # fmt: skip
    with lab.capture(client, "http-chunked.pcap") as path:
        rows = curl(
            client,
            [*direct(8080), "-H", "TE: trailers", f"http://{NAME}:8080/log"],
            [*direct(8080), "--compressed", f"http://{NAME}:8080/"],
        )
    measured.add("curl", *rows)
    measured.add("nginx", *nginx.log())
    measured.write()
    answered = requests_of(path)[1]
    expect(b"0\r\nX-Lines: 3\r\n\r\n" in answered, "no trailer")
    expect(answered.count(b"chunked") == 2 and b"Content-Encoding: gzip" in answered, "not compressed, or not in chunks")


def make_http_errors(lab):
    """A server that stands before another one and cannot reach it (502), does not
    get its answer in time (504), or has too many to serve (503); and three servers
    that fail themselves: no answer until the client gives up, none at all, and
    half a body."""
    client, far, _ = internet(lab)
    measured = Measured(lab, "http-errors")
    Server(lab, far, UPSTREAM, lambda accepted: time.sleep(2))
    nginx = Nginx(
        lab, far,
        "limit_req_zone $request_uri zone=one:32k rate=1r/m;"
        f"server {{ listen {WEB}:80; location /gone {{ proxy_pass http://127.0.0.1:9; }}"
        f" location /slow {{ proxy_read_timeout 300ms; {PROXY} }}"
        f" location /index.html {{ limit_req zone=one; }} }}",
        [("index.html", PAGE[:400])],
    )  # fmt: skip
    Server(lab, far, (WEB, 8081), lambda accepted: (head_of(accepted), accepted.recv(1)))
    Server(lab, far, (WEB, 8082), lambda accepted: head_of(accepted))
    Server(lab, far, (WEB, 8083), _cut)
    with lab.capture(client, "http-errors.pcap") as path:
        rows = curl(
            client,
            *([*direct(80), f"http://{NAME}/{target}"] for target in ("gone", "slow", "index.html", "index.html")),
        )
        rows += curl(client, [*direct(8081), "-m", "0.5", f"http://{NAME}:8081/silent"])
        rows += curl(client, [*direct(8082), f"http://{NAME}:8082/closed"])
        rows += curl(client, [*direct(8083), f"http://{NAME}:8083/cut"])
        time.sleep(0.1)
    measured.add("curl", *rows)
    measured.add("nginx", *nginx.log())
    measured.write()
    codes = [(row["response_code"], row["exitcode"]) for row in rows]
    wanted = [(502, 0), (504, 0), (200, 0), (503, 0), (0, 28), (0, 52), (200, 18)]
    expect(codes == wanted, f"answered {codes}")
    expect(len({frame.sport for frame in frames(path) if frame.source == CLIENT}) == 4, "not four connections")


def _cut(accepted):
    """Promises 3000 bytes and closes after 1200."""
    head_of(accepted)
    accepted.sendall(reply(b"x" * 3000, b"200 OK", b"Content-Type: text/plain")[:-1800])


class _Old(http.server.BaseHTTPRequestHandler):
    """A server of HTTP/1.0: the end of the connection is the end of the body."""

    protocol_version = "HTTP/1.0"

    def do_GET(self):
        """Answers every path with the page."""
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(PAGE)

    def log_message(self, *_):
        """Says nothing."""


def served_by(lab, host, address, handler):
    """A server of Python's own at an address of a host."""
    server = http.server.ThreadingHTTPServer(address, handler, bind_and_activate=False)
    server.socket.close()
    server.socket = lab.listen(host, address)
    server.socket.settimeout(None)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    server.close = server.shutdown
    return lab.keep(server)


def make_http_1_0(lab):
    """HTTP/1.0: one request to a connection, of known length by nginx, until the
    end of the connection by Python's server; and a client of HTTP/1.1 at that one."""
    client, far, _ = internet(lab)
    measured = Measured(lab, "http-1.0")
    nginx = Nginx(lab, far, f"server {{ listen {WEB}:80; }}", [("index.html", PAGE)])
    served_by(lab, far, (WEB, 8000), _Old)
    with lab.capture(client, "http-1.0.pcap") as path:
        rows = curl(
            client,
            [*direct(80), "--http1.0", f"http://{NAME}/"],
            [*direct(8000), "--http1.0", f"http://{NAME}:8000/"],
            [*direct(8000), f"http://{NAME}:8000/"],
        )
        time.sleep(0.1)
    measured.add("curl", *rows)
    measured.add("nginx", *nginx.log())
    measured.write()
    expect([row["size_download"] for row in rows] == [len(PAGE)] * 3, f"measured {rows}")
    expect(requests_of(path)[1].count(b"HTTP/1.0 200 OK") == 2, "not HTTP/1.0")
