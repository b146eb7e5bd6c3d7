"""TLS that fails: certificates that do not fit, nothing in common, somebody who
speaks something else, and peers that go away."""

import contextlib
import socket
import ssl
import struct
import time

from lab import expect
from programs import Nginx, Server
from scenarios.tls import NAME, PLACE, finish, of
from tls import PAST, Authority, TlsServer, tls_client

UNWANTED = ["-verify_return_error", "-verify_quiet"]
TLS_AES_128_CCM_SHA256 = b"\x13\x04"


def make_tls_expired(lab):
    """A certificate that ended years ago: a client that looks at it says so and goes;
    another one does not look; and in TLS 1.3 nobody else sees the certificate, but
    the alert, which OpenSSL sends before it encrypts."""
    client, server, _ = lab.pair(0.005)
    authority = Authority(lab)
    TlsServer(lab, server, (PLACE, 443), *authority.certificate(NAME, dates=PAST))
    trust = ["-CAfile", authority.root]
    with lab.capture(client, "tls-expired.pcap"):
        rows = [
            tls_client(client, (PLACE, 443), 50001, *trust, "-tls1_2", *UNWANTED),
            tls_client(client, (PLACE, 443), 50002, *trust, "-tls1_2"),
            tls_client(client, (PLACE, 443), 50003, *trust, "-tls1_3", *UNWANTED),
        ]
        time.sleep(0.1)
    finish(lab, "tls-expired", rows)
    expect(of(rows, "cipher")[0] is None and rows[1]["verify"] == 10, f"measured {rows}")


def make_tls_wrong_name(lab):
    """Certificates for other names than the one that was asked for: another host's,
    and one for all names one level up; then one that fits by its star."""
    client, server, _ = lab.pair(0.005)
    authority = Authority(lab)
    for port, names in ((443, ("dogs.example.com",)), (8443, ("www.example.com", "*.example.com"))):
        TlsServer(lab, server, (PLACE, port), "-tls1_2", *authority.certificate(*names))
    trust = ["-CAfile", authority.root, *UNWANTED]
    with lab.capture(client, "tls-wrong-name.pcap"):
        rows = [
            tls_client(client, (PLACE, port), 50001 + number, *trust, "-verify_hostname", name, name=name)
            for number, (port, name) in enumerate(((443, NAME), (8443, f"one.{NAME}"), (8443, NAME)))
        ]
        time.sleep(0.1)
    finish(lab, "tls-wrong-name", rows)
    expect([row["cipher"] is None for row in rows] == [True, True, False], f"measured {rows}")


def make_tls_alerts(lab):
    """Ways to have nothing in common: no version, no suite, no such name; and two
    that the client finds: an authority that it does not know, and one whose
    certificate the server does not send."""
    client, server, _ = lab.pair(0.005)
    authority, other = Authority(lab), Authority(lab, "Other")
    mine = authority.certificate(NAME)
    TlsServer(lab, server, (PLACE, 443), *mine, "-tls1_2", "-cipher", "ECDHE-ECDSA-CHACHA20-POLY1305")
    TlsServer(lab, server, (PLACE, 8443), "-tls1_2", *authority.certificate(NAME, alone=True))
    TlsServer(lab, server, (PLACE, 8444), *mine, "-servername", NAME, "-servername_fatal", "-cert2", mine[1], "-key2", mine[3])
    trust = ["-CAfile", authority.root, *UNWANTED]
    tries = (
        (443, ["-tls1_3"], NAME),
        (443, ["-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-GCM-SHA256"], NAME),
        (8444, [], "dogs.example.com"),
        (443, ["-CAfile", other.root], NAME),
        (8443, [], NAME),
    )
    with lab.capture(client, "tls-alerts.pcap"):
        rows = [
            tls_client(client, (PLACE, port), 50001 + number, *trust, *more, name=name)
            for number, (port, more, name) in enumerate(tries)
        ]
        time.sleep(0.1)
    finish(lab, "tls-alerts", rows)
    expect(of(rows, "cipher") == [None] * 5, f"measured {rows}")
    expect(of(rows, "alert")[:3] == [70, 40, 112], f"measured {rows}")


def make_tls_not_offered(lab):
    """Something on the way writes another cipher suite into the ServerHello, one that
    the client does not know: it breaks off."""
    client, server, _ = lab.pair(0.005)
    authority = Authority(lab)
    TlsServer(lab, server, (PLACE, 8443), "-tls1_3", *authority.certificate(NAME))

    def relay(accepted):
        upstream = lab.connect(server, (PLACE, 8443))
        upstream.sendall(accepted.recv(4096))
        answer = bytearray(upstream.recv(4096))
        # Behind the headers of record and message, version, random, and session.
        suite = 5 + 4 + 2 + 32 + 1 + answer[43]
        answer[suite : suite + 2] = TLS_AES_128_CCM_SHA256
        accepted.sendall(answer)
        accepted.recv(4096)
        upstream.close()

    Server(lab, server, (PLACE, 443), relay)
    with lab.capture(client, "tls-not-offered.pcap"):
        rows = [tls_client(client, (PLACE, 443), 50001, "-tls1_3", "-CAfile", authority.root)]
        time.sleep(0.1)
    finish(lab, "tls-not-offered", rows)
    expect(of(rows, "cipher") == [None], f"measured {rows}")


def make_tls_given_up(lab):
    """Servers that take the hello and close, reset, or say nothing until the client
    has waited half a second."""
    client, server, _ = lab.pair(0.005)

    def reset(accepted):
        accepted.recv(4096)
        accepted.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    Server(lab, server, (PLACE, 443), lambda accepted: accepted.recv(4096))
    Server(lab, server, (PLACE, 444), reset)
    Server(lab, server, (PLACE, 445), lambda accepted: (accepted.recv(4096), accepted.recv(1)))
    context = ssl.create_default_context()
    with lab.capture(client, "tls-given-up.pcap"):
        for port in (443, 444, 445):
            caller = lab.connect(client, (PLACE, port))
            caller.settimeout(0.5)
            with contextlib.suppress(OSError):
                context.wrap_socket(caller, server_hostname=NAME)
            caller.close()
            time.sleep(0.05)


def make_tls_plaintext(lab):
    """One side speaks TLS and the other one does not: a request in clear at a port of
    TLS, a hello at a port of HTTP, and a hello to a mail server, which speaks first."""
    client, server, _ = lab.pair(0.005)
    authority = Authority(lab)
    chain, key = authority.files(NAME)
    Nginx(lab, server, f"server {{ listen {PLACE}:80; listen {PLACE}:443 ssl; ssl_certificate {chain}; ssl_certificate_key {key}; }}")
    Server(lab, server, (PLACE, 587), lambda accepted: (accepted.sendall(b"220 mail.example.com ESMTP\r\n"), accepted.recv(4096)))
    with lab.capture(client, "tls-plaintext.pcap"):
        caller = lab.connect(client, (PLACE, 443))
        caller.sendall(f"GET / HTTP/1.1\r\nHost: {NAME}\r\n\r\n".encode())
        answer = caller.recv(4096)
        caller.close()
        time.sleep(0.05)
        for number, port in enumerate((80, 587)):
            tls_client(client, (PLACE, port), 50002 + number)
        time.sleep(0.1)
    expect(b"plain HTTP request was sent to HTTPS port" in answer, f"answered {answer}")


# What the server says, and what it waits for then, until TLS begins.
LINE = b"\r\n"
DIALOGUES = {
    "smtp": (587, [
        (b"220 mail.example.com ESMTP\r\n", LINE), (b"250-mail.example.com\r\n250 STARTTLS\r\n", LINE), (b"220 Go ahead\r\n", b""),
    ]),
    "imap": (143, [
        (b"* OK IMAP4rev1 ready\r\n", LINE), (b"* CAPABILITY IMAP4rev1 STARTTLS\r\n. OK done\r\n", LINE), (b". OK begin\r\n", b""),
    ]),
    "pop3": (110, [(b"+OK ready\r\n", LINE), (b"+OK begin\r\n", b"")]),
    "postgres": (5432, [(b"", b"\x04\xd2\x16\x2f"), (b"S", b"")]),
}  # fmt: skip


def make_tls_starttls(lab):
    """Connections that begin in clear and then ask for TLS: SMTP, IMAP, POP3, and
    PostgreSQL with eight bytes of its own."""
    client, server, _ = lab.pair(0.005)
    authority = Authority(lab)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*authority.files(NAME))

    def play(steps):
        def played(accepted):
            for said, wanted in steps:
                accepted.sendall(said)
                heard = b""
                while wanted and not heard.endswith(wanted):
                    heard += accepted.recv(4096)
            with contextlib.suppress(OSError), context.wrap_socket(accepted, server_side=True) as inner:
                while line := inner.recv(4096):
                    inner.sendall(line.strip()[::-1] + b"\n")

        return played

    for port, steps in DIALOGUES.values():
        Server(lab, server, (PLACE, port), play(steps))
    trust = ["-CAfile", authority.root]
    rows = []
    with lab.capture(client, "tls-starttls.pcap"):
        for number, (protocol, (port, _)) in enumerate(DIALOGUES.items()):
            rows.append(tls_client(client, (PLACE, port), 50001 + number, *trust, "-starttls", protocol))
        time.sleep(0.1)
    finish(lab, "tls-starttls", rows)
    expect(of(rows, "version") == ["TLSv1.3"] * 4, f"measured {rows}")
