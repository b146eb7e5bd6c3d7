"""Runs `wirenotes live` in network namespaces, and does there what a scenario
says.

    python3 tests/live/run.py PROGRAM OUTDIR SCENARIO [ARGUMENT...]

Comes in: the program. Goes out, in OUTDIR: what the runs printed, and
`result.json` with what the scenario measured. Needs root for network
namespaces; started by another user, it asks sudo.
"""

import contextlib
import json
import os
import select
import shutil
import signal
import socket
import struct
import subprocess
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(1, os.path.join(HERE, "..", "..", "samples", "make"))

from lab import MACS, Lab, Namespace, drained  # noqa: E402

PATIENCE = 60.0
SOL_UDP, UDP_SEGMENT = 17, 103
A, B = "10.0.0.1", "10.0.0.2"


class Live:
    """A running `wirenotes live`: what it prints is collected."""

    def __init__(self, bench, host, *arguments, environment=(), user=None, name="live"):
        self.files = {}
        for stream in ("stdout", "stderr"):
            self.files[stream] = open(bench.path(f"{name}.{stream}"), "w+b")
        with host.entered():
            self.process = subprocess.Popen(
                [bench.program, "live", *arguments],
                stdin=subprocess.DEVNULL,
                env={**bench.environment, **dict(environment)},
                user=user,
                group=user,
                extra_groups=[] if user else None,
                **self.files,
            )

    def said(self, stream="stderr"):
        with open(self.files[stream].name, "rb") as file:
            return file.read().decode()

    def until_said(self, what, stream="stderr"):
        """Waits for words; false when it ended before."""
        end = time.monotonic() + PATIENCE
        while what not in self.said(stream):
            ended = self.process.poll() is not None
            if ended and what not in self.said(stream):
                return False
            if time.monotonic() > end:
                raise RuntimeError(f"waited in vain for {what!r}: {self.said('stderr')}")
            time.sleep(0.02)
        return True

    def listening(self):
        if not self.until_said("listening on"):
            raise RuntimeError(f"it ended: {self.said()}")
        return self

    def send(self, which):
        self.process.send_signal(which)

    def ended(self):
        """How it ended."""
        status = self.process.wait(PATIENCE)
        for file in self.files.values():
            file.close()
        return {"status": status, "stdout": self.said("stdout"), "stderr": self.said("stderr")}

    def stop(self, which=signal.SIGINT):
        time.sleep(0.3)  # the last packets are still on their way
        self.send(which)
        return self.ended()

    def memory(self):
        """Kilobytes: all that is resident, and what it allocated itself."""
        with open(f"/proc/{self.process.pid}/status") as file:
            rows = dict(line.split(":", 1) for line in file)
        return [int(rows[key].split()[0]) for key in ("VmRSS", "RssAnon")]


class Bench(Lab):
    """Two hosts with one veth between them, and the program."""

    def __init__(self, program, folder):
        super().__init__(folder)
        self.program = program
        kept = {key: value for key, value in os.environ.items() if not key.startswith("SUDO_")}
        self.environment = {**kept, "LC_ALL": "C", "COLUMNS": "80"}

    def hosts(self, offload=False):
        a, b = Namespace(), Namespace()
        self.interface(a, "eth0", b, "eth0", offload=offload)
        b.run("ip link set eth0 up")
        self.address(a, f"{A}/24")
        self.address(b, f"{B}/24")
        return a, b

    def live(self, host, *arguments, **how):
        return Live(self, host, *arguments, **how)


def ping(host, address, count):
    """Echo requests through a raw socket; each waits for its reply."""
    end = host.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
    for sequence in range(1, count + 1):
        message = struct.pack("!BBHHH", 8, 0, 0, 0x1234, sequence) + bytes(range(48))
        total = sum(struct.unpack(f"!{len(message) // 2}H", message))
        total = (total & 0xFFFF) + (total >> 16)
        total = ~((total & 0xFFFF) + (total >> 16)) & 0xFFFF
        end.sendto(message[:2] + struct.pack("!H", total) + message[4:], (address, 0))
        while True:
            kind, *_, number = struct.unpack("!BBHHH", end.recv(2048)[20:28])
            if (kind, number) == (0, sequence):
                break
    end.close()


def answer_dns(server, count):
    """A name server that knows one name."""
    for _ in range(count):
        query, client = server.recvfrom(512)
        known = b"\x04good" in query
        flags = 0x8580 if known else 0x8583
        answer = query[:2] + struct.pack("!HHHHH", flags, 1, int(known), 0, 0) + query[12:]
        if known:
            answer += struct.pack("!HHHIH", 0xC00C, 1, 1, 60, 4) + socket.inet_aton(B)
        server.sendto(answer, client)


def ask_dns(bench, client, server, address):
    end = bench.keep(server.socket(kind=socket.SOCK_DGRAM))
    end.bind((address, 53))
    answering = threading.Thread(target=answer_dns, args=(end, 2))
    answering.start()
    asking = client.socket(kind=socket.SOCK_DGRAM)
    asking.connect((address, 53))
    for number, name in ((1, b"\x04good\x04test\0"), (2, b"\x03bad\x04test\0")):
        asking.send(struct.pack("!HHHHHH", number, 0x0100, 1, 0, 0, 0) + name + b"\0\1\0\1")
        asking.recv(512)
    asking.close()
    answering.join()


def exchange(bench, client, server, address, port):
    """A request and an answer of many segments, closed by the server; then a
    connection that nobody takes."""
    listener = bench.listen(server, (address, port))
    one, other = bench.connect(client, (address, port), listener=listener)
    one.sendall(b"GET / HTTP/1.0\r\n\r\n")
    other.recv(100)
    other.sendall(bytes(40_000))
    other.close()
    drained(one)
    one.close()
    with contextlib.suppress(ConnectionRefusedError):
        bench.connect(client, (address, port + 1))


def talk(bench, interface):
    """Point 1: TCP, DNS and ping while an interface is captured on."""
    a, b = bench.hosts()
    packets = bench.path("written.pcapng")
    live = bench.live(a, "-i", interface, "-w", packets, "--format", "ndjson").listening()
    for server, address in ((b, B), (a, "127.0.0.1")):
        if (interface, address) in (("eth0", "127.0.0.1"), ("lo", B)):
            continue
        exchange(bench, a, server, address, 8000)
        ask_dns(bench, a, server, address)
        ping(a, address, 3)
    return live.stop()


def flood(bench, rate, seconds, *arguments):
    """Point 2: small datagrams at a rate, 50 to a system call, counted."""
    a, b = bench.hosts()
    for feature in ("tx-udp-segmentation", "tso", "gso"):
        a.run(f"ethtool -K eth0 {feature} off")
    b.firewall("input", "udp dport 9 drop")
    # Nobody else says anything: what the interface receives is what is sent.
    know_each_other(bench, a, b)
    live = bench.live(b, "-i", "eth0", *arguments, "--format", "json", "-q", "udp port 9")
    live.listening()
    before = received_by(b)
    end = a.socket(kind=socket.SOCK_DGRAM)
    end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 22)
    size, together = 18, 50
    end.setsockopt(SOL_UDP, UDP_SEGMENT, size)
    end.connect((B, 9))
    data, sent, memory = bytes(size * together), 0, []
    start = time.monotonic()
    while (passed := time.monotonic() - start) < float(seconds):
        while sent < passed * int(rate):
            end.send(data)
            sent += together
        if passed > len(memory) + 1:
            memory.append(live.memory())
        time.sleep(0.0005)
    took = time.monotonic() - start
    time.sleep(0.5)
    arrived = received_by(b) - before
    return {"sent": sent, "arrived": arrived, "took": took, "memory": memory, **live.stop()}


def stalled(bench):
    """A reader that reads nothing for a while: the capture does not wait."""
    a, b = bench.hosts()
    for feature in ("tx-udp-segmentation", "tso", "gso"):
        a.run(f"ethtool -K eth0 {feature} off")
    b.firewall("input", "udp dport 9 drop")
    know_each_other(bench, a, b)
    reading, writing = os.pipe()
    with b.entered():
        program = [bench.program, "live", "-i", "eth0", "--format", "ndjson", "udp port 9"]
        live = subprocess.Popen(
            program, stdout=writing, stderr=subprocess.PIPE, env=bench.environment
        )
    os.close(writing)
    while b"listening" not in live.stderr.readline():
        pass
    end, sent = a.socket(kind=socket.SOCK_DGRAM), 0
    end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 22)
    end.setsockopt(SOL_UDP, UDP_SEGMENT, 1400)
    end.connect((B, 9))
    for _ in range(1500):
        end.send(bytes(1400 * 40))
        sent += 40
        time.sleep(0.002)
    time.sleep(0.5)
    live.send_signal(signal.SIGINT)
    last = b""
    while piece := os.read(reading, 1 << 20):
        last = (last + piece)[-100_000:]
    os.close(reading)
    summary = json.loads(last.strip().split(b"\n")[-1])
    return {"sent": sent, "summary": summary, "status": live.wait(PATIENCE)}


def know_each_other(bench, a, b):
    """Spares two hosts the ARP exchange."""
    for host, mac, peer in ((a, MACS[0], (b, A)), (b, MACS[1], (a, B))):
        host.run(f"ip link set eth0 address {mac}")
        bench.know(peer[0], peer[1], mac)


def received_by(host):
    """Packets that the interface received, as the kernel counts."""
    with host.entered(), open("/proc/thread-self/net/dev") as file:
        row = next(line for line in file if line.strip().startswith("eth0:"))
    return int(row.split()[2])


def latency(bench):
    """Point 3: how long after a packet its line is there, in seconds."""
    a, _ = bench.hosts()
    ping(a, B, 1)
    reading, writing = os.pipe()
    with a.entered():
        program = [bench.program, "live", "-i", "eth0", "udp port 9"]
        live = subprocess.Popen(
            program, stdout=writing, stderr=subprocess.PIPE, env=bench.environment
        )
    os.close(writing)
    while b"listening" not in live.stderr.readline():
        pass
    time.sleep(0.3)
    end = a.socket(kind=socket.SOCK_DGRAM)
    took = []
    for number in range(20):
        end.sendto(b"x" * (100 + number), (B, 9))
        start = time.monotonic()
        wanted, seen = f"len {100 + number}".encode(), b""
        while wanted not in seen:
            ready, _, _ = select.select([reading], [], [], PATIENCE)
            if not ready:
                raise RuntimeError(f"no line for packet {number}: {seen.decode()}")
            seen += os.read(reading, 65536)
        took.append(time.monotonic() - start)
        time.sleep(0.11 + 0.013 * number)  # at any moment of the kernel's rhythm
    live.send_signal(signal.SIGINT)
    while os.read(reading, 65536):
        pass
    return {"took": took, "status": live.wait(PATIENCE)}


def refusals(bench):
    """Point 4: what is refused, and how."""
    a, _ = bench.hosts()
    a.run("ip link add idle0 type veth peer name idle1")
    closed = bench.path("closed")
    os.mkdir(closed, 0o700)
    file = bench.path("file")
    open(file, "w").close()
    runs = {
        "permission": bench.live(a, "-i", "eth0", user=65534, name="permission"),
        "interface": bench.live(a, "-i", "nonsense0", name="interface"),
        "filter": bench.live(a, "-i", "eth0", "tcp", "prot", "80", name="filter"),
        "down": bench.live(a, "-i", "idle0", name="down"),
        "write": bench.live(a, "-i", "eth0", "-w", f"{file}/x.pcapng", name="write"),
        "rotate": bench.live(
            a, "-i", "eth0", "-Z", "nobody", "-C", "1", "-w", f"{closed}/x.pcapng", name="rotate"
        ),
        "user": bench.live(a, "-i", "eth0", "-Z", "no-such-user", name="user"),
    }
    result = {name: run.ended() for name, run in runs.items()}
    result["left"] = os.listdir(closed)
    shutil.rmtree(closed)
    return result


def privileges(bench):
    """Point 4: who the process is once it captures, every thread of it."""
    a, _ = bench.hosts()
    result = {}
    sudo = {"SUDO_UID": "4711", "SUDO_GID": "4712", "SUDO_USER": "somebody"}
    for name, arguments, environment in (
        ("named", ["-Z", "nobody"], {}),
        ("sudo", [], sudo),
        ("stays", ["-Z", "root"], sudo),
    ):
        packets = bench.path(f"{name}.pcapng")
        arguments = ["-i", "eth0", "-w", packets, *arguments]
        live = bench.live(a, *arguments, environment=environment, name=name).listening()
        ping(a, B, 2)
        time.sleep(0.3)
        threads = []
        for task in os.listdir(f"/proc/{live.process.pid}/task"):
            with open(f"/proc/{live.process.pid}/task/{task}/status") as file:
                rows = dict(line.split(":", 1) for line in file)
            keys = ("Uid", "Gid", "Groups", "CapEff", "CapPrm", "CapInh", "CapAmb")
            threads.append({key: rows[key].split() for key in keys})
        owner = os.stat(packets)
        result[name] = {
            "threads": threads,
            "owner": [owner.st_uid, owner.st_gid],
            **live.stop(),
        }
    return result


def endings(bench):
    """Point 4 and signals: an interface that goes down, comes back, and is
    deleted; SIGTERM, SIGUSR1, and nobody reading."""
    a, b = bench.hosts()
    result = {}
    live = bench.live(a, "-i", "eth0", "--format", "ndjson", name="deleted").listening()
    ping(a, B, 1)
    a.run("ip link set eth0 down")
    live.until_said("went down")
    a.run("ip link set eth0 up")
    live.until_said("interface is up again")
    ping(a, B, 1)
    a.run("ip link del eth0")
    result["deleted"] = live.ended()

    live = bench.live(a, "-i", "lo", "--format", "ndjson", name="signals").listening()
    ping(a, "127.0.0.1", 1)
    live.until_said('"packet"', "stdout")
    live.send(signal.SIGUSR1)
    live.until_said("summary_so_far", "stdout")
    ping(a, "127.0.0.1", 1)
    result["signals"] = live.stop(signal.SIGTERM)

    with a.entered():
        program = [bench.program, "live", "-i", "lo"]
        live = subprocess.Popen(
            program, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=bench.environment
        )
    said = live.stderr.readline()
    live.stdout.close()
    result["nobody"] = {"status": live.wait(PATIENCE), "stderr": (said + live.stderr.read()).decode()}
    return result


def expiry(bench):
    """Point 2: what waits in vain expires by the capture's time, which an
    interface without packets moves on."""
    a, _ = bench.hosts()
    live = bench.live(a, "-i", "eth0", "--format", "ndjson", "arp").listening()
    asking = a.socket(kind=socket.SOCK_DGRAM)
    asking.sendto(b"?", ("10.0.0.99", 9))
    live.until_said("arp.unanswered", "stdout")
    said = live.said("stdout")
    return {"said": said, **live.stop()}


def leak(bench):
    """A server that forgets to close two of five connections, while they are
    captured: what a running summary says, and what the kernel counts."""
    a, b = bench.hosts()
    live = bench.live(a, "-i", "eth0", "-q", "--summary-every", "1s", "tcp").listening()
    listener = bench.listen(b, (B, 8000))
    kept = []
    for number in range(50):
        one, other = bench.connect(a, (B, 8000), listener=listener)
        one.sendall(b"location")
        other.recv(100)
        one.close()
        if number % 5 < 2:
            kept.append(other)
        else:
            other.close()
    # The interval in which the last one was left is over after two summaries.
    before = live.said("stdout").count("So far")
    while live.said("stdout").count("So far") < before + 2:
        time.sleep(0.05)
    said = live.said("stdout")
    with b.entered():
        sockets = subprocess.run(
            ["ss", "-tanH", "state", "close-wait"], capture_output=True, text=True, check=True
        ).stdout
    result = {"said": said, "close_wait": len(sockets.splitlines()), "run": live.stop()}
    for socket_ in kept:
        socket_.close()
    return result


SCENARIOS = {
    each.__name__: each
    for each in (talk, flood, stalled, latency, refusals, privileges, endings, expiry, leak)
}


def main():
    if os.geteuid() != 0:
        os.execvp("sudo", ["sudo", sys.executable, "-B", *sys.argv])
    program, folder, name, *arguments = sys.argv[1:]
    with Bench(program, folder) as bench:
        result = SCENARIOS[name](bench, *arguments)
    with open(bench.path("result.json"), "w") as file:
        json.dump(result, file)
    for entry in os.scandir(folder):
        os.chmod(entry.path, 0o644)


if __name__ == "__main__":
    main()
