"""Names and what they are for: DNS over UDP and TCP, its failures, and the
page that is fetched once the name is known."""

import socket
import struct
import time

from dns import NO_SUCH_NAME, REFUSED, NameServer, query
from lab import Namespace, contains, expect, frames, meanwhile, receive, told

RESOLVER, CLIENT = "198.51.100.53", "192.0.2.10"
SOA = ("example.com", "SOA", 900, "ns1.example.com hostmaster.example.com 2024010101 7200 900 1209600 300")
LONG = " ".join(f"collar-{number:03}=02:00:00:00:0c:{number:02x}" for number in range(40))
RECORDS = {
    ("www.example.com", "CNAME"): [(300, "www.example.com.edge.example.net")],
    ("www.example.com.edge.example.net", "CNAME"): [(60, "e7.example.net")],
    ("e7.example.net", "A"): [(20, "203.0.113.80"), (20, "203.0.113.81")],
    ("e7.example.net", "AAAA"): [(20, "2001:db8:80::80")],
    ("example.com", "A"): [(3600, "203.0.113.80")],
    ("collars.example.com", "A"): [(300, "203.0.113.80")],
    ("example.com", "NS"): [(86400, "ns1.example.com"), (86400, "ns2.example.net")],
    ("example.com", "MX"): [(3600, "10 mail.example.com"), (3600, "20 mail.example.net")],
    ("example.com", "TXT"): [(3600, "v=spf1 mx -all")],
    ("example.com", "SOA"): [(3600, SOA[3])],
    ("_collar._tcp.example.com", "SRV"): [(600, "0 5 3001 collar.example.com")],
    ("80.113.0.203.in-addr.arpa", "PTR"): [(3600, "www.example.com")],
    ("all-collars.example.com", "TXT"): [(600, LONG)],
}
PAGE = b"<!doctype html>\n<title>Pet collars</title>\n" + b"<p>Where is the cat?</p>\n" * 60


def internet(lab):
    """A client behind a gateway; beyond it a resolver and a web server."""
    client, gateway, far = Namespace(), Namespace(), Namespace()
    lab.wire(client, gateway, 0.004)
    lab.interface(gateway, "eth1", far, "eth0")
    lab.address(client, f"{CLIENT}/24")
    lab.address(gateway, "192.0.2.1/24")
    lab.know(client, "192.0.2.1", "02:00:00:00:0a:02")
    lab.know(gateway, CLIENT, "02:00:00:00:0a:01")
    lab.address(gateway, "198.51.100.1/24", "eth1")
    lab.address(far, f"{RESOLVER}/24")
    for web in ("203.0.113.80", "203.0.113.81"):
        lab.address(far, f"{web}/32")
    client.run("ip route add default via 192.0.2.1")
    far.run("ip route add default via 198.51.100.1")
    gateway.run("ip route add 203.0.113.0/24 via 198.51.100.53")
    gateway.sysctl("ipv4/ip_forward", 1)
    datagrams = lab.keep(far.socket(kind=socket.SOCK_DGRAM))
    datagrams.bind((RESOLVER, 53))
    listener = lab.listen(far, (RESOLVER, 53))
    codes = {"nowhere.example.com": NO_SUCH_NAME, "example.org": REFUSED}
    lab.keep(NameServer(RECORDS, SOA, codes, {"silent.example.com"})).serve(datagrams, listener)
    stub = lab.keep(client.socket(kind=socket.SOCK_DGRAM))
    stub.connect((RESOLVER, 53))
    return client, far, stub


def _served(listener):
    """Answers two requests on one connection, then sees the client off."""
    accepted, _ = listener.accept()
    accepted.settimeout(5)
    for kind, body in ((b"text/html", PAGE), (b"text/css", b"p { color: teal }\n")):
        request = b""
        while not request.endswith(b"\r\n\r\n"):
            request += accepted.recv(1000)
        time.sleep(0.03)  # the server thinks
        head = b"HTTP/1.1 200 OK\r\nServer: collar\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n"
        accepted.sendall(head % (kind, len(body)) + body)
    accepted.recv(1)
    accepted.close()
    return True


def make_dns_http(lab):
    """www.example.com is resolved, by two aliases, and its page fetched."""
    client, far, stub = internet(lab)
    listener = lab.listen(far, ("203.0.113.80", 80))
    with lab.capture(client, "dns-http.pcap") as path, meanwhile(_served, listener):
        for identifier, kind in ((0x1F2A, "A"), (0x6B03, "AAAA")):
            stub.send(query(identifier, "www.example.com", kind))
        answers = [stub.recv(512) for _ in range(2)]
        expect(all(a[3] & 15 == 0 for a in answers), "not resolved")
        caller = lab.connect(client, ("203.0.113.80", 80))
        request = b"GET %s HTTP/1.1\r\nHost: www.example.com\r\nUser-Agent: collar/1\r\nAccept: */*\r\n\r\n"
        for target, last in ((b"/", PAGE[-8:]), (b"/style.css", b"teal }\n")):
            caller.sendall(request % target)
            answer = b""
            while not answer.endswith(last):
                answer += caller.recv(5000)
            time.sleep(0.1)
        caller.close()
        time.sleep(0.1)
    found = frames(path)
    expect([f.protocol for f in found[:5]] == ["udp"] * 4 + ["tcp"], "DNS does not come first")
    expect(len(answers[0]) > 100 and b"GET / " in found[7].payload, "no request after the handshake")
    expect(contains(told(found, CLIENT), ["> S", "< SA", "> A", "> FA", "< FA", "> A"]), "no whole connection")


def make_dns_errors(lab):
    """No such name, refused, no data, and a query that nobody answers, sent
    again after two seconds."""
    client, _, stub = internet(lab)
    with lab.capture(client, "dns-errors.pcap") as path:
        for identifier, name, kind in (
            (0x0101, "nowhere.example.com", "A"),
            (0x0102, "example.org", "A"),
            (0x0103, "example.com", "AAAA"),
        ):
            stub.send(query(identifier, name, kind))
            stub.recv(512)
            time.sleep(0.1)
        for _ in range(2):
            stub.send(query(0x0104, "silent.example.com", "A"))
            time.sleep(2)
    codes = [f.payload[3] & 15 for f in frames(path) if f.source == RESOLVER]
    expect(codes == [NO_SUCH_NAME, REFUSED, 0], f"response codes {codes}")


def make_dns_records(lab):
    """NS, MX, TXT, SOA, SRV and PTR, one question after the other."""
    client, _, stub = internet(lab)
    questions = [("example.com", kind) for kind in ("A", "NS", "MX", "TXT", "SOA")]
    questions += [("_collar._tcp.example.com", "SRV"), ("80.113.0.203.in-addr.arpa", "PTR")]
    with lab.capture(client, "dns-records.pcap") as path:
        for number, (name, kind) in enumerate(questions):
            stub.send(query(0x0200 + number, name, kind))
            stub.recv(512)
            time.sleep(0.05)
    counts = [f.payload[7] for f in frames(path) if f.source == RESOLVER]
    expect(counts == [1, 2, 2, 1, 1, 1, 1], f"answers {counts}")


def make_dns_tcp(lab):
    """The answer does not fit into 512 bytes; the question is asked again
    over TCP."""
    client, _, stub = internet(lab)
    question = query(0x0300, "all-collars.example.com", "TXT")
    with lab.capture(client, "dns-tcp.pcap") as path:
        stub.send(question)
        expect(stub.recv(512)[2] & 2, "the answer over UDP is not marked as truncated")
        caller = lab.connect(client, (RESOLVER, 53))
        caller.sendall(struct.pack("!H", len(question)) + question)
        length = struct.unpack("!H", receive(caller, 2))[0]
        expect(len(receive(caller, length)) > 512, "the answer over TCP is short")
        caller.close()
        time.sleep(0.1)
    found = frames(path)
    expect([f.protocol for f in found[:3]] == ["udp", "udp", "tcp"], "TCP does not follow UDP")
    expect(told(found, CLIENT)[-3:] == ["> FA", "< FA", "> A"], f"recorded {told(found, CLIENT)}")
