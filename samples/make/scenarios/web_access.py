"""Who may have what on the web: cookies and tokens, CORS, tunnels, and messages
whose length two recipients may understand in two ways."""

import base64
import contextlib
import hashlib
import http.server
import os
import socket
import struct
import tempfile
import threading
import time

from lab import expect, receive
from programs import Measured, Nginx, Server, curl
from scenarios.names import internet
from scenarios.web import NAME, PAGE, WEB, direct, head_of, reply, requests_of, served_by

PROXY = "203.0.113.81"


def _part(text):
    return base64.urlsafe_b64encode(text).rstrip(b"=").decode()


# Made up for this sample: nobody's key signed it.
TOKEN = ".".join((
    _part(b'{"alg":"HS256","typ":"JWT"}'),
    _part(b'{"iss":"https://login.example.com","sub":"cat-7","scope":"collars:read","exp":1704070800}'),
    _part(hashlib.sha256(b"no key").digest()),
))  # fmt: skip


def make_http_cookies(lab):
    """A login sets three cookies; curl keeps two of them, as the third is for TLS
    alone, and sends them again. Then other ways to say who one is: a password, a
    token in a header, a token in the address. The last request ends the session."""
    client, far, _ = internet(lab)
    measured = Measured(lab, "http-cookies")
    nginx = Nginx(
        lab, far,
        f"server {{ listen {WEB}:80;"
        " location /login { add_header Set-Cookie 'session=3f9ac1d07be24c55; Path=/; HttpOnly; SameSite=Lax';"
        " add_header Set-Cookie 'theme=teal; Path=/; Max-Age=31536000; SameSite=Strict';"
        " add_header Set-Cookie '__Host-key=b81e77f0; Path=/; Secure; HttpOnly; SameSite=None';"
        " return 200 'welcome\\n'; }"
        " location /logout { add_header Set-Cookie 'session=; Path=/; Max-Age=0'; return 204; }"
        " location / { set $who $cookie_session$http_authorization$arg_access_token; if ($who = '')"
        ' { add_header WWW-Authenticate \'Bearer realm="collars"\' always; return 401; }'
        " return 200 'cat-7\\n'; } }",
    )  # fmt: skip
    home = f"http://{NAME}"
    with tempfile.TemporaryDirectory() as folder, lab.capture(client, "http-cookies.pcap") as path:
        jar = ["-c", os.path.join(folder, "jar"), "-b", os.path.join(folder, "jar")]
        rows = curl(
            client,
            [*direct(80), f"{home}/me"],
            [*direct(80), *jar, "-d", "user=cat-7&password=tuna", f"{home}/login"],
            [*direct(80), *jar, f"{home}/me"],
            [*direct(80), "-u", "cat-7:tuna", f"{home}/me"],
            [*direct(80), "-H", f"Authorization: Bearer {TOKEN}", f"{home}/me"],
            [*direct(80), f"{home}/me?access_token={TOKEN}"],
            [*direct(80), *jar, f"{home}/logout"],
            [*direct(80), *jar, f"{home}/me"],
        )
    measured.add("curl", *rows)
    measured.add("nginx", *nginx.log())
    measured.write()
    codes = [row["response_code"] for row in rows]
    expect(codes == [401, 200, 200, 200, 200, 200, 204, 401], f"answered {codes}")
    asked = requests_of(path)[0]
    expect(asked.count(b"session=3f9ac1d07be24c55") == 2 and b"__Host-key" not in asked, "other cookies were sent")


def make_http_cors(lab):
    """What a browser asks before it lets a page use another site, asked by curl:
    allowed, and the request itself; refused for its method; refused for its origin;
    a reading request without the permission; and a permission that contradicts
    itself."""
    client, far, _ = internet(lab)
    measured = Measured(lab, "http-cors")
    nginx = Nginx(
        lab, far,
        'map $http_origin $allowed { "https://app.example.com" $http_origin; }'
        ' map $allowed $methods { "" ""; default "GET, PUT"; }'
        ' map $allowed $headers { "" ""; default "content-type, x-collar"; }'
        ' map $allowed $age { "" ""; default 600; }'
        f"server {{ listen {WEB}:8080; default_type application/json;"
        " location /collars { add_header Access-Control-Allow-Origin $allowed; add_header Vary Origin;"
        " if ($request_method = OPTIONS) { add_header Access-Control-Allow-Origin $allowed;"
        " add_header Access-Control-Allow-Methods $methods; add_header Access-Control-Allow-Headers $headers;"
        " add_header Access-Control-Max-Age $age; add_header Vary Origin; return 204; }"
        " return 200 '{\"collar\":7}\\n'; }"
        " location /public { add_header Access-Control-Allow-Origin *;"
        " add_header Access-Control-Allow-Credentials true; return 200 '{\"collars\":40}\\n'; } }",
    )  # fmt: skip
    home = f"http://{NAME}:8080"
    ours, other = ["-H", "Origin: https://app.example.com"], ["-H", "Origin: https://elsewhere.example.net"]

    def preflight(origin, method):
        wanted = ["-H", f"Access-Control-Request-Method: {method}", "-H", "Access-Control-Request-Headers: content-type,x-collar"]
        return [*direct(8080), "-X", "OPTIONS", *origin, *wanted, f"{home}/collars/7"]

    change = ["-X", "PUT", "-H", "Content-Type: application/json", "-H", "X-Collar: 7", "-d", '{"name":"Tom"}']
    with lab.capture(client, "http-cors.pcap") as path:
        rows = curl(
            client,
            preflight(ours, "PUT"),
            [*direct(8080), *ours, *change, f"{home}/collars/7"],
            preflight(ours, "DELETE"),
            preflight(other, "PUT"),
            [*direct(8080), *other, f"{home}/collars/7"],
            [*direct(8080), *other, "-b", "session=3f9ac1d07be24c55", f"{home}/public"],
        )
    measured.add("curl", *rows)
    measured.add("nginx", *nginx.log())
    measured.write()
    codes = [row["response_code"] for row in rows]
    expect(codes == [204, 200, 204, 204, 200, 200], f"answered {codes}")
    allowed = requests_of(path)[1].count(b"Access-Control-Allow-Origin: https://app.example.com")
    expect(allowed == 3, f"allowed {allowed} times")


def proxy(accepted, allowed="80"):
    """A proxy that tunnels to one port alone."""
    head, rest = head_of(accepted)
    host, _, port = head.split()[1].decode().rpartition(":")
    if port != allowed:
        accepted.sendall(reply(f"only port {allowed}\n".encode(), b"403 Forbidden"))
        return
    with socket.create_connection((host, int(port))) as onward:
        accepted.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        onward.sendall(rest)
        back = threading.Thread(target=_pass, args=(onward, accepted), daemon=True)
        back.start()
        _pass(accepted, onward)
        back.join()


def _pass(one, other):
    with contextlib.suppress(OSError):
        while data := one.recv(4096):
            other.sendall(data)
        other.shutdown(socket.SHUT_WR)


def _frame(opcode, data, mask=b""):
    """A WebSocket frame of up to 125 bytes (RFC 6455, section 5.2)."""
    masked = bytes(byte ^ mask[at % 4] for at, byte in enumerate(data)) if mask else data
    return struct.pack("!BB", 0x80 | opcode, (0x80 if mask else 0) | len(data)) + mask + masked


def _chat(accepted):
    """A WebSocket server: one text, its answer, one ping, and the close."""
    head, _ = head_of(accepted)
    key = head.partition(b"Sec-WebSocket-Key: ")[2].split(b"\r\n")[0]
    accept = base64.b64encode(hashlib.sha1(key + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest())
    fields = b"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: " + accept
    accepted.sendall(b"HTTP/1.1 101 Switching Protocols\r\n" + fields + b"\r\n\r\n")
    receive(accepted, 6 + 16)
    accepted.sendall(_frame(1, b"on the roof"))
    accepted.sendall(_frame(9, b"purr"))
    receive(accepted, 6 + 4 + 6 + 2)
    accepted.sendall(_frame(8, struct.pack("!H", 1000)))


def make_http_tunnel(lab):
    """A proxy makes a tunnel, through which a page is fetched, and refuses another;
    then a connection becomes a WebSocket."""
    client, far, _ = internet(lab)
    measured = Measured(lab, "http-tunnel")
    nginx = Nginx(lab, far, f"server {{ listen {WEB}:80; }}", [("index.html", PAGE[:300])])
    Server(lab, far, (PROXY, 3128), within(far, proxy))
    Server(lab, far, (WEB, 8080), _chat)
    through = ["--proxy", f"http://{PROXY}:3128", "--proxytunnel"]
    with lab.capture(client, "http-tunnel.pcap") as path:
        rows = curl(client, [*through, f"http://{WEB}/"], [*through, f"http://{WEB}:25/"])
        caller = lab.connect(client, (WEB, 8080))
        caller.sendall(
            f"GET /chat HTTP/1.1\r\nHost: {NAME}:8080\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Key: d2hlcmUgaXMgdGhlIGNhdA==\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
        )
        head, rest = head_of(caller)
        caller.sendall(_frame(1, b"where is the cat", b"\x37\xfa\x21\x3d"))
        receive(caller, 2 + 11 + 2 + 4 - len(rest))
        caller.sendall(_frame(10, b"purr", b"\x11\x22\x33\x44"))
        caller.sendall(_frame(8, struct.pack("!H", 1000), b"\x55\x66\x77\x88"))
        receive(caller, 4)
        caller.close()
        time.sleep(0.1)
    measured.add("curl", *rows)
    measured.add("nginx", *nginx.log())
    measured.write()
    expect([row["exitcode"] for row in rows] == [0, 56], f"measured {rows}")
    asked, answered = requests_of(path)
    expect(asked.count(b"CONNECT ") == 2 and b"GET / HTTP/1.1" in asked, "no tunnel")
    expect(b" 101 Switching" in answered and b"on the roof" in answered, "no WebSocket")


def within(host, play):
    """Plays in the host's namespace, for what makes sockets of its own."""

    def played(accepted):
        with host.entered():
            play(accepted)

    return played


class _Lenient(http.server.BaseHTTPRequestHandler):
    """A server that reads lengths as it likes: Python's own parser, of several
    lengths the first, chunks not at all."""

    protocol_version = "HTTP/1.1"

    def do_POST(self):
        """Answers with how many bytes it took for the body."""
        taken = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        body = b"took %d bytes\n" % len(taken)
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """Says nothing."""


CONFLICTS = (
    # Two lengths.
    b"Content-Length: 5\r\nContent-Length: 9\r\n\r\nhello you",
    # A length, and chunks.
    b"Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nX",
    # A space before the colon.
    b"Content-Length: 5\r\nTransfer-Encoding : chunked\r\n\r\nhello",
    # A field continued on the next line.
    b"X-Note: one\r\n two\r\nContent-Length: 5\r\n\r\nhello",
)


def make_http_framing_conflict(lab):
    """Four requests that two recipients may cut at different places: nginx refuses
    them, Python's server takes them. Then a response with a length and chunks."""
    client, far, _ = internet(lab)
    measured = Measured(lab, "http-framing-conflict")
    nginx = Nginx(lab, far, f"server {{ listen {WEB}:80; location / {{ return 200 'taken\\n'; }} }}")
    served_by(lab, far, (WEB, 8000), _Lenient)
    both = b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"
    Server(lab, far, (WEB, 8081), lambda accepted: (head_of(accepted), accepted.sendall(both)))
    answers = []
    with lab.capture(client, "http-framing-conflict.pcap") as path:
        for port in (80, 8000):
            for conflict in CONFLICTS:
                caller = lab.connect(client, (WEB, port))
                caller.sendall(f"POST /collars HTTP/1.1\r\nHost: {NAME}\r\n".encode() + conflict)
                time.sleep(0.05)
                status = int(caller.recv(4096).split()[1])
                answers.append({"client_port": caller.getsockname()[1], "server_port": port, "status": status})
                caller.close()
                time.sleep(0.05)
        rows = curl(client, [*direct(8081), f"http://{NAME}:8081/"])
        time.sleep(0.1)
    measured.add("python", *answers)
    measured.add("curl", *rows)
    measured.add("nginx", *nginx.log())
    measured.write()
    statuses = [answer["status"] for answer in answers]
    expect(statuses[4:] == [200] * 4 and statuses[:2] == [400] * 2, f"answered {statuses}")
    expect(requests_of(path)[0].count(b"POST ") == 8, "not all asked")
