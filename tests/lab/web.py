"""HTTP between the hosts under faults: a server and a client of Python's own."""

import http.client
import http.server
import random
import socket

from faults import Loss
from lab import expect, meanwhile
from transfers import farewell

PORTS, EXCHANGES = (80, 8080, 8000), 20  # of each connection


class Server(http.server.BaseHTTPRequestHandler):
    """Answers what a connection asks, and logs how many bytes each message had."""

    protocol_version = "HTTP/1.1"

    def __init__(self, end, chance, log):
        self.chance, self.log, self.read = chance, log, 0
        super().__init__(end, end.getpeername(), None)

    def setup(self):
        super().setup()
        readline = self.rfile.readline

        def counted(*most):
            line = readline(*most)
            self.read += len(line)
            return line

        self.rfile.readline = counted

    def log_message(self, *_):
        """Not on the screen."""

    def answer(self):
        asked, self.read = self.read, 0
        length = int(self.headers.get("Content-Length", 0))
        expect(len(self.rfile.read(length)) == length, "a request is cut")
        chunks = [self.chance.randbytes(self.chance.randrange(1, 4000)) for _ in range(self.chance.randrange(1, 5))]
        whole = self.chance.random() < 0.4
        body = 0 if self.command == "HEAD" else sum(map(len, chunks))
        self.send_response(200 if self.command != "POST" else 201)
        if whole or self.command == "HEAD":
            self.send_header("Content-Length", str(sum(map(len, chunks))))
        else:
            self.send_header("Transfer-Encoding", "chunked")
        self._headers_buffer.append(b"\r\n")
        head = b"".join(self._headers_buffer)
        self._headers_buffer = []
        self.wfile.write(head)
        if self.command != "HEAD":
            for chunk in chunks:
                self.wfile.write(chunk if whole else b"%x\r\n%b\r\n" % (len(chunk), chunk))
            if not whole:
                self.wfile.write(b"0\r\n\r\n")
        request, response = {"head": asked, "body": length}, {"head": len(head), "body": body}
        self.log.append({"method": self.command, "target": self.path, "request": request, "response": response})

    do_GET = do_HEAD = do_POST = answer


def http_loss(run):
    """Exchanges one after another on three connections: bodies in both directions, of known length and in chunks;
    some segments are lost on both ways."""
    run.network(delay=0.004)
    for side in "ab":
        run.fault(Loss(run.seed, 0.05, side=side))
    log = []
    for port in PORTS:
        chance = random.Random(f"web {run.seed} {port}")
        near, far = run.connected(port)
        for end in (near, far):
            end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with meanwhile(lambda: Server(far, random.Random(f"answers {run.seed} {port}"), log) and True) as result:
            client = http.client.HTTPConnection("b.test", port)
            client.sock = near
            for number in range(EXCHANGES):
                method = chance.choice(("GET", "GET", "HEAD", "POST", "POST"))
                body = chance.randbytes(chance.randrange(1, 6000)) if method == "POST" else None
                client.request(method, f"/{port}/{number}", body)
                client.getresponse().read()
            near.shutdown(socket.SHUT_WR)
        expect(result[0], "the server gave up")
        farewell(near, far)
    expect(len(log) == len(PORTS) * EXCHANGES, "not all was answered")
    run.write("exchanges.json", log)


WEB = {"http-loss": http_loss}
