"""TLS as OpenSSL speaks it: how a connection is agreed on, first and again."""

import json
import os
import socket
import ssl
import struct
import sys
import tempfile
import time

from lab import expect, frames
from programs import Measured, Nginx, Server, asking, curl
from scenarios.names import CLIENT, RESOLVER, internet
from scenarios.web import PAGE, PROXY, UPSTREAM, WEB, direct, head_of, reply
from scenarios.web_access import PROXY as TUNNEL
from scenarios.web_access import proxy, within
from tls import Authority, TlsServer, tls_client

NAME, PLACE = "collars.example.com", "10.0.0.2"
OFFER = ["-alpn", "h2,http/1.1"]
HTTP = ["-alpn", "http/1.1"]
VERSIONS = "ssl_protocols TLSv1.2 TLSv1.3;"
SPOKEN = ("ssl_protocol", "ssl_cipher", "ssl_curve", "ssl_session_reused", "ssl_server_name")


def finish(lab, name, rows, peer="s_client"):
    """Writes what the client said beside the capture."""
    measured = Measured(lab, name)
    measured.add(peer, *rows)
    measured.write()


def of(rows, key):
    """One fact of every connection."""
    return [row[key] for row in rows]


def make_tls_1_2(lab):
    """TLS 1.2: in full with ECDHE and ECDSA, resumed by a ticket, in full and resumed
    by the session's id at a server without tickets, and in full with a key that the
    client encrypts by RSA."""
    client, server, _ = lab.pair(0.005)
    authority = Authority(lab)
    mine = authority.certificate(NAME, "*.example.net")
    TlsServer(lab, server, (PLACE, 4433), "-tls1_2", *mine, *HTTP)
    TlsServer(lab, server, (PLACE, 4434), "-tls1_2", "-no_ticket", *mine)
    TlsServer(lab, server, (PLACE, 4435), "-tls1_2", *authority.certificate(NAME, rsa=True), "-cipher", "AES128-GCM-SHA256")
    trust = ["-CAfile", authority.root]
    rows = []
    with tempfile.TemporaryDirectory() as folder, lab.capture(client, "tls-1.2.pcap") as path:
        for server_port, offer in ((4433, OFFER), (4434, [])):
            session = os.path.join(folder, str(server_port))
            place, first = (PLACE, server_port), 50001 + len(rows)
            rows.append(tls_client(client, place, first, *trust, *offer, "-sess_out", session))
            rows.append(tls_client(client, place, first + 1, *trust, *offer, "-sess_in", session))
        rows.append(tls_client(client, (PLACE, 4435), 50005, *trust, "-no_etm"))
        time.sleep(0.1)
    finish(lab, "tls-1.2", rows)
    expect(of(rows, "reused") == [False, True, False, True, False], f"measured {rows}")
    expect(of(rows, "version") == ["TLSv1.2"] * 5 and of(rows, "verify") == [0] * 5, f"measured {rows}")


def make_tls_1_3(lab):
    """TLS 1.3: in full, resumed by the key of the first connection, with data in the
    first flight, and the same once more, which the server takes for a replay."""
    client, server, _ = lab.pair(0.005)
    authority = Authority(lab)
    mine = authority.certificate(NAME)
    TlsServer(lab, server, (PLACE, 4433), *mine, *HTTP)
    TlsServer(lab, server, (PLACE, 4434), *mine, "-early_data", "-num_tickets", "1", answers=False)
    trust = ["-CAfile", authority.root]
    rows = []
    with tempfile.TemporaryDirectory() as folder, lab.capture(client, "tls-1.3.pcap") as path:
        session, early, data = (os.path.join(folder, name) for name in ("session", "early", "data"))
        with open(data, "w") as file:
            file.write("where was the cat\n")
        rows.append(tls_client(client, (PLACE, 4433), 50001, *trust, *OFFER, "-sess_out", session))
        rows.append(tls_client(client, (PLACE, 4433), 50002, *trust, *OFFER, "-sess_in", session))
        ready = b"Early data was"
        rows.append(tls_client(client, (PLACE, 4434), 50003, *trust, "-sess_out", early, waits_for=ready))
        for port in (50004, 50005):
            rows.append(tls_client(
                client, (PLACE, 4434), port, *trust, "-sess_in", early, "-early_data", data, waits_for=ready
            ))  # fmt: skip
        time.sleep(0.1)
    finish(lab, "tls-1.3", rows)
    expect(of(rows, "early_data")[3:] == ["accepted", "rejected"], f"measured {rows}")
    expect(of(rows, "reused")[:4] == [False, True, False, True], f"measured {rows}")


def make_tls_retry(lab):
    """The client sends a share of a group that the server does not take: it is asked
    for another one, and the handshake takes a round trip more. Then with a share of
    the right group, beside it."""
    client, server, _ = lab.pair(0.005)
    authority = Authority(lab)
    TlsServer(lab, server, (PLACE, 4433), *authority.certificate(NAME), "-groups", "P-384")
    trust = ["-CAfile", authority.root]
    with lab.capture(client, "tls-retry.pcap"):
        rows = [
            tls_client(client, (PLACE, 4433), 50001, *trust, "-groups", "X25519:P-384"),
            tls_client(client, (PLACE, 4433), 50002, *trust, "-groups", "P-384:X25519"),
        ]
        time.sleep(0.1)
    finish(lab, "tls-retry", rows)
    expect(of(rows, "temporary_key") == ["ECDH, secp384r1, 384 bits"] * 2, f"measured {rows}")


def make_tls_client_certificate(lab):
    """The server asks who the client is: told, and not told, in TLS 1.2 and in 1.3,
    where neither the question nor the refusal is to be seen."""
    client, server, _ = lab.pair(0.005)
    authority = Authority(lab)
    mine, own = authority.certificate(NAME), authority.certificate("cat-7.example.com")
    ask = ["-Verify", "2", "-verify_return_error", "-CAfile", authority.root, "-verify_quiet"]
    TlsServer(lab, server, (PLACE, 4433), *mine, *ask)
    trust = ["-CAfile", authority.root]
    rows = []
    with lab.capture(client, "tls-client-certificate.pcap"):
        for version in ("-tls1_2", "-tls1_3"):
            for who in (own, []):
                port = 50001 + len(rows)
                rows.append(tls_client(client, (PLACE, 4433), port, *trust, version, *who))
        time.sleep(0.1)
    finish(lab, "tls-client-certificate", rows)
    expect(of(rows, "alert") == [None, 40, None, 116], f"measured {rows}")


def make_tls_old(lab):
    """TLS 1.0 and 1.1, which nobody should speak any more, agreed on; then 1.2 with a
    server that could have done 1.0 as well."""
    client, server, _ = lab.pair(0.005)
    authority = Authority(lab)
    weak = ["-cipher", "DEFAULT@SECLEVEL=0", "-min_protocol", "TLSv1"]
    TlsServer(lab, server, (PLACE, 4433), *authority.certificate(NAME), *weak)
    trust = ["-CAfile", authority.root, *weak]
    with lab.capture(client, "tls-old.pcap"):
        rows = [
            tls_client(client, (PLACE, 4433), 50001 + number, *trust, "-max_protocol", version)
            for number, version in enumerate(("TLSv1", "TLSv1.1", "TLSv1.2"))
        ]
        time.sleep(0.1)
    finish(lab, "tls-old", rows)
    expect(of(rows, "version") == ["TLSv1", "TLSv1.1", "TLSv1.2"], f"measured {rows}")


def make_tls_datagram(lab):
    """DTLS 1.2: the client is asked to show that its address is its own, and then
    agrees on everything over UDP; once more without that question, resumed."""
    client, server, _ = lab.pair(0.005)
    authority = Authority(lab)
    mine = authority.certificate(NAME)
    TlsServer(lab, server, (PLACE, 4433), "-dtls1_2", "-listen", "-mtu", "1400", *mine, answers=False)
    trust = ["-CAfile", authority.root, "-dtls1_2", "-mtu", "1400"]
    with lab.capture(client, "tls-datagram.pcap"):
        rows = [tls_client(client, (PLACE, 4433), 50001, *trust, waits_for=b"Extended master secret")]
        time.sleep(0.1)
    finish(lab, "tls-datagram", rows)
    expect(of(rows, "verify") == [0], f"measured {rows}")


def make_tls_other_ports(lab):
    """Ports say nothing: TLS on those of HTTP and SSH, HTTP in clear on that of HTTPS."""
    client, server, _ = lab.pair(0.005)
    authority = Authority(lab)
    for port in (80, 22):
        TlsServer(lab, server, (PLACE, port), *authority.certificate(NAME))
    Server(lab, server, (PLACE, 443), lambda accepted: (head_of(accepted), accepted.sendall(reply(b"no TLS here\n"))))
    trust = ["-CAfile", authority.root]
    with lab.capture(client, "tls-other-ports.pcap"):
        rows = [tls_client(client, (PLACE, port), 50001 + number, *trust) for number, port in enumerate((80, 22))]
        curl(client, [f"http://{PLACE}:443/"])
        time.sleep(0.1)
    finish(lab, "tls-other-ports", rows)
    expect(of(rows, "version") == ["TLSv1.3"] * 2, f"measured {rows}")


def make_tls_mid_stream(lab):
    """Begun when the connection was already in use: records whose contents nobody
    knows, in both directions."""
    client, server, _ = lab.pair(0.005)
    authority = Authority(lab)
    TlsServer(lab, server, (PLACE, 443), *authority.certificate(NAME))
    context = ssl.create_default_context(cafile=authority.root)
    caller = lab.connect(client, (PLACE, 443))
    with context.wrap_socket(caller, server_hostname=NAME) as inner:
        inner.sendall(b"who\n")
        expect(inner.recv(100) == b"ohw\n", "no answer")
        with lab.capture(client, "tls-mid-stream.pcap"):
            for _ in range(3):
                inner.sendall(b"where is the cat\n")
                inner.recv(100)
            inner.close()
            time.sleep(0.1)


def make_tls_https(lab):
    """A name is resolved, then a page comes over HTTPS: by TLS 1.3, by 1.3 resumed on a
    second connection, by HTTP/2, and by TLS 1.2. The server needs 0.2 s for the
    report, which goes over a connection that is open already."""
    client, far, _ = internet(lab)
    authority = Authority(lab)
    measured = Measured(lab, "tls-https")

    def slow(accepted):
        head_of(accepted)
        time.sleep(0.2)
        accepted.sendall(reply(b"The report took its time.\n"))

    Server(lab, far, UPSTREAM, slow)
    chain, key = authority.files(NAME)
    signed = f"ssl_certificate {chain}; ssl_certificate_key {key}; {VERSIONS}"
    nginx = Nginx(
        lab, far,
        f"server {{ listen {WEB}:443 ssl; {signed} location /report {{ {PROXY} }} }}"
        f"server {{ listen {WEB}:8443 ssl http2; {signed} }}",
        [("index.html", PAGE[:600])], SPOKEN,
    )  # fmt: skip
    trust, also = ["--cacert", authority.root], ["time_appconnect"]
    close = ["-H", "Connection: close"]
    with lab.capture(client, "tls-https.pcap") as path:
        rows = curl(
            client,
            [*trust, f"https://{NAME}/report"], [*trust, *close, f"https://{NAME}/report"], [*trust, f"https://{NAME}/"],
            resolver=RESOLVER, also=also,
        )  # fmt: skip
        rows += curl(client, [*trust, *direct(8443), f"https://{NAME}:8443/"], also=also)
        rows += curl(client, [*trust, *direct(443), "--tls-max", "1.2", f"https://{NAME}/"], also=also)
        time.sleep(0.1)
    spoken = [(row["ssl_protocol"], row["ssl_session_reused"]) for row in nginx.log()]
    measured.add("curl", *rows)
    measured.add("nginx", *nginx.log())
    measured.write()
    expect([row["response_code"] for row in rows] == [200] * 5, f"measured {rows}")
    expect(spoken[1:] == [("TLSv1.3", "."), ("TLSv1.3", "r"), ("TLSv1.3", "."), ("TLSv1.2", ".")], f"spoken {spoken}")
    expect([row["num_connects"] for row in rows] == [1, 0, 1, 1, 1], "other connections")
    expect([frame.protocol for frame in frames(path)[:4]] == ["udp"] * 4, "DNS does not come first")


def make_tls_proxied(lab):
    """TLS that does not begin with the connection: in a tunnel by CONNECT, and behind
    the line, or the header, in which a balancer tells whom it speaks for."""
    client, far, _ = internet(lab)
    authority = Authority(lab)
    measured = Measured(lab, "tls-proxied")
    chain, key = authority.files(NAME)
    signed = f"ssl_certificate {chain}; ssl_certificate_key {key}; {VERSIONS}"
    Nginx(
        lab, far, f"server {{ listen {WEB}:443 ssl; listen {WEB}:8443 ssl proxy_protocol; {signed} }}",
        [("index.html", PAGE[:300])],
    )  # fmt: skip
    Server(lab, far, (TUNNEL, 3128), within(far, lambda accepted: proxy(accepted, "443")))
    context = ssl.create_default_context(cafile=authority.root)
    context.set_alpn_protocols(["http/1.1"])
    pair = socket.inet_aton("198.51.100.7") + socket.inet_aton(WEB) + struct.pack("!HH", 40000, 443)
    headers = (
        b"PROXY TCP4 198.51.100.7 203.0.113.80 40000 443\r\n",
        b"\r\n\r\n\0\r\nQUIT\n\x21\x11" + struct.pack("!H", len(pair)) + pair,
    )
    with lab.capture(client, "tls-proxied.pcap"):
        through = ["--proxy", f"http://{TUNNEL}:3128", "--cacert", authority.root]
        rows = curl(client, [*through, "--connect-to", f"{NAME}:443:{WEB}:443", f"https://{NAME}/"], also=["time_appconnect"])
        for header in headers:
            caller = lab.connect(client, (WEB, 8443))
            port = caller.getsockname()[1]
            caller.sendall(header)
            with context.wrap_socket(caller, server_hostname=NAME) as inner:
                inner.sendall(f"GET / HTTP/1.1\r\nHost: {NAME}\r\nConnection: close\r\n\r\n".encode())
                status = inner.recv(4096).split()[1]
                measured.add("python", {
                    "client_port": port, "version": inner.version(), "cipher": inner.cipher()[0],
                    "alpn": inner.selected_alpn_protocol(), "status": int(status),
                })  # fmt: skip
        time.sleep(0.1)
    measured.add("curl", *rows)
    measured.write()
    expect(rows[0]["response_code"] == 200, f"measured {rows}")
    expect([row["status"] for row in measured.lists["python"]] == [200, 200], f"measured {measured.lists}")


# Plays a browser: what it offers, greases and hides is that of Chrome's own library.
BROWSER = """
import json, sys
from curl_cffi import requests
answer = requests.get(sys.argv[1], impersonate="chrome", verify=sys.argv[2])
print(json.dumps({"status": answer.status_code, "version": answer.http_version}))
"""


def make_tls_browser(lab):
    """The hello of a browser: a share of a group that withstands quantum computers,
    too long for one segment; values without a meaning in every list, so that nobody
    relies on knowing them all; and what may be a hidden hello, or grease."""
    client, far, _ = internet(lab)
    authority = Authority(lab)
    chain, key = authority.files(NAME)
    Nginx(
        lab, far, f"server {{ listen {WEB}:443 ssl http2; ssl_certificate {chain}; ssl_certificate_key {key}; {VERSIONS} }}",
        [("index.html", PAGE[:300])],
    )  # fmt: skip
    with lab.capture(client, "tls-browser.pcap") as path:
        done = asking(client, RESOLVER, [sys.executable, "-c", BROWSER, f"https://{NAME}/", authority.root])
    expect(done.returncode == 0, f"the browser failed: {done.stderr}")
    expect(json.loads(done.stdout)["status"] == 200, done.stdout)
    hello = [frame for frame in frames(path) if frame.protocol == "tcp" and frame.source == CLIENT and frame.payload]
    expect(len(hello[0].payload) + len(hello[1].payload) > 1600, "a short hello")
