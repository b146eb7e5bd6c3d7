"""Certificates, and the two ends of a TLS connection as OpenSSL plays them.

Comes in: a namespace, an address, arguments of `openssl s_server` and
`s_client`. Goes out: the connection on the wire, and what the client says of
it. Keys are made anew each time and go with the scenario.
"""

import os
import re
import select
import shutil
import subprocess
import tempfile
import time

from lab import PATIENCE, expect
from programs import Program

LASTING = ("20240101000000Z", "20340101000000Z")
PAST = ("20230101000000Z", "20240101000000Z")
SAID, ANSWERED = b"where is the cat\n", b"tac eht si erehw"
SETTINGS = """
[ca]
default_ca = made
[made]
database = index
new_certs_dir = .
rand_serial = yes
default_md = sha256
policy = any
unique_subject = no
[any]
commonName = supplied
organizationName = optional
"""


class Authority:
    """An authority of one's own, and one below it that signs the certificates."""

    def __init__(self, lab, name="Collar"):
        self.folder = tempfile.mkdtemp(prefix="tls")
        lab.keep(self)
        for file, text in (("settings", SETTINGS), ("index", "")):
            with open(self.path(file), "w") as made:
                made.write(text)
        ca = "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign\n"
        self._sign("root", f"/O={name} Trust/CN={name} Root", ca, LASTING, None)
        self._sign("issuer", f"/O={name} Trust/CN={name} Issuer", ca, LASTING, "root")
        self.root = self.path("root.pem")

    def path(self, file):
        """Where a file of it stands."""
        return os.path.join(self.folder, file)

    def _run(self, *arguments):
        done = subprocess.run(["openssl", *arguments], cwd=self.folder, capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(f"openssl {' '.join(arguments)}: {done.stderr.strip()}")

    def _sign(self, file, subject, extensions, dates, issuer, key=("ec", "-pkeyopt", "ec_paramgen_curve:P-256")):
        self._run("req", "-new", "-nodes", "-newkey", *key, "-subj", subject,
                  "-keyout", f"{file}.key", "-out", f"{file}.csr")  # fmt: skip
        with open(self.path(f"{file}.ext"), "w") as made:
            made.write(extensions)
        by = ["-selfsign", "-keyfile", f"{file}.key"] if issuer is None else [
            "-cert", f"{issuer}.pem", "-keyfile", f"{issuer}.key"
        ]  # fmt: skip
        self._run("ca", "-batch", "-notext", "-config", "settings", *by, "-in", f"{file}.csr", "-out", f"{file}.pem",
                  "-startdate", dates[0], "-enddate", dates[1], "-extfile", f"{file}.ext")  # fmt: skip

    def certificate(self, *names, dates=LASTING, rsa=False, alone=False):
        """A certificate for these names, as arguments of `s_server` and `s_client`;
        unless alone with that of its issuer behind it."""
        file = f"{names[0]}-{dates[1]}-{rsa}"
        if not os.path.exists(self.path(f"{file}.pem")):
            alternatives = ",".join(f"DNS:{name}" for name in names)
            extensions = f"subjectAltName={alternatives}\nbasicConstraints=critical,CA:FALSE\n"
            key = {"key": ("rsa:2048",)} if rsa else {}
            self._sign(file, f"/CN={names[0]}", extensions, dates, "issuer", **key)
        chain = [] if alone else ["-cert_chain", self.path("issuer.pem")]
        return ["-cert", self.path(f"{file}.pem"), "-key", self.path(f"{file}.key"), *chain]

    def files(self, *names):
        """A certificate with its issuer's in one file, and its key, as nginx wants."""
        arguments = self.certificate(*names)
        with open(self.path("chain.pem"), "w") as chain:
            for file in (arguments[1], self.path("issuer.pem")):
                with open(file) as part:
                    chain.write(part.read())
        return self.path("chain.pem"), arguments[3]

    def close(self):
        """Takes keys and certificates away."""
        shutil.rmtree(self.folder)


class TlsServer:
    """`openssl s_server`, which sends each line back the other way round; with
    `answers` false it only reads."""

    def __init__(self, lab, host, address, *arguments, answers=True):
        place = f"{address[0]}:{address[1]}"
        mode = ["-rev"] if answers else ["-quiet"]
        # Read by the server where it does not answer: it must not come to an end.
        self.input, self.kept = os.pipe()
        lab.keep(self)
        command = ["openssl", "s_server", "-accept", place, *mode, *arguments]
        self.program = Program(lab, host, command, stdin=self.input)
        time.sleep(0.4)
        expect(self.program.process.poll() is None, f"{' '.join(command)} does not run")

    def close(self):
        """Lets go of what it reads."""
        os.close(self.kept)
        os.close(self.input)


FACTS = (
    ("version", rb"^(?:New|Reused), (\S+), Cipher is (?!\(NONE\))"),
    ("cipher", rb"^(?:New|Reused), \S+, Cipher is (?!\(NONE\))(\S+)"),
    ("temporary_key", rb"^Server Temp Key: (.+)$"),
    ("alpn", rb"^ALPN protocol: (.+)$"),
    ("verify", rb"^ *Verify return code: (\d+)"),
    ("early_data", rb"^Early data was (accepted|rejected)"),
    ("alert", rb"alert number (\d+)"),
)


def tls_client(host, address, port, *arguments, name="collars.example.com", waits_for=ANSWERED):
    """`openssl s_client` from a port given: says a line, waits for the answer, and
    leaves. Gives what it says of the connection."""
    command = ["openssl", "s_client", "-connect", f"{address[0]}:{address[1]}", "-bind", f"0.0.0.0:{port}"]
    command += ["-servername", name] if name else ["-noservername"]
    with host.entered():
        client = subprocess.Popen(
            [*command, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
    heard, until, told = b"", time.monotonic() + PATIENCE, False
    client.stdin.write(SAID)
    client.stdin.flush()
    while time.monotonic() < until:
        ready, _, _ = select.select([client.stdout], [], [], 0.1)
        piece = os.read(client.stdout.fileno(), 65536) if ready else None
        if piece == b"":
            break
        heard += piece or b""
        if waits_for in heard and not told:
            told = True
            time.sleep(0.05)  # a ticket may still be on its way
            client.stdin.write(b"Q\n")
            client.stdin.flush()
    expect(time.monotonic() < until, f"{command} does not end: {heard.decode(errors='replace')}")
    client.stdin.close()
    client.wait()
    facts = {"client_port": port, "server_port": address[1], "reused": b"\nReused, " in heard}
    for key, pattern in FACTS:
        # The last one: with early data it says more than once what it does.
        found = re.findall(pattern, heard, re.MULTILINE)
        value = found[-1].decode() if found else None
        facts[key] = int(value) if value and value.isdigit() else value
    # Beside the suite stands the version in which it came up, if that is not 1.3.
    agreed = re.search(rb"^ +Protocol *: (\S+)", heard, re.MULTILINE)
    if facts["version"] and agreed:
        facts["version"] = agreed[1].decode()
    return facts
