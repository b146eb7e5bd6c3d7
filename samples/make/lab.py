"""A laboratory of network namespaces in one process.

Comes in: what a scenario asks for. Goes out: hosts (namespaces with one
kernel each), wires between them that delay and lose what they are told to,
and captures of what a host sent and received.

A namespace is entered by a thread (setns) for as long as it takes to make a
socket or start a program there; sockets stay in the namespace that they were
made in. So one plain Python function can play both ends of a conversation,
in a known order. The namespaces have no names: they end with the process.
"""

import contextlib
import ctypes
import heapq
import itertools
import os
import re
import select
import signal
import socket
import subprocess
import threading
import time

from packets import Frame, read_pcap

LIBC = ctypes.CDLL(None, use_errno=True)
CLONE_NEWNET, PR_SET_PDEATHSIG, PACKET_OUTGOING, SO_RCVBUFFORCE = 0x40000000, 1, 4, 33
MACS = ("02:00:00:00:0a:01", "02:00:00:00:0a:02")  # client, server
PATIENCE = 15.0  # seconds after which a socket call gives up


class Failed(Exception):
    """The recording does not show what it should."""


class Starved(Failed):
    """The machine was too busy: the recording shows the machine, not the network."""


def expect(truth, message, failure=Failed):
    """Fails the scenario, which will be tried again, with a message."""
    if not truth:
        raise failure(message)


def _checked(result):
    if result != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


class Namespace:
    """One network namespace with its own kernel state."""

    def __init__(self):
        home = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        try:
            _checked(LIBC.unshare(CLONE_NEWNET))
            self.fd = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
            _checked(LIBC.setns(home, CLONE_NEWNET))
        finally:
            os.close(home)
        self.path = f"/proc/{os.getpid()}/fd/{self.fd}"
        # Without this every interface would solicit routers and neighbours.
        for scope in ("all", "default"):
            self.sysctl(f"ipv6/conf/{scope}/disable_ipv6", 1)
        self.run("ip link set lo up")

    @contextlib.contextmanager
    def entered(self):
        """Puts the calling thread into the namespace."""
        home = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        try:
            _checked(LIBC.setns(self.fd, CLONE_NEWNET))
            yield
        finally:
            _checked(LIBC.setns(home, CLONE_NEWNET))
            os.close(home)

    def run(self, command, text=None):
        """Runs a command there, and fails with it."""
        with self.entered():
            done = subprocess.run(command.split(), input=text, capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(f"{command}: {done.stderr.strip()}")

    def sysctl(self, key, value):
        """Sets /proc/sys/net/KEY."""
        with self.entered(), open(f"/proc/sys/net/{key}", "w") as file:
            file.write(str(value))

    def firewall(self, hook, rule):
        """Adds an nftables rule at input, output or forward."""
        self.run(
            "nft -f -",
            f"add table inet lab\n"
            f"add chain inet lab {hook} {{ type filter hook {hook} priority 0; }}\n"
            f"add rule inet lab {hook} {rule}\n",
        )

    def socket(self, family=socket.AF_INET, kind=socket.SOCK_STREAM, protocol=0):
        """A socket that belongs to the namespace."""
        with self.entered():
            made = socket.socket(family, kind, protocol)
        made.settimeout(PATIENCE)
        return made

    def counters(self):
        """The kernel's TCP counters, as `TcpRetransSegs` and the like."""
        found = {}
        for file in ("snmp", "netstat"):
            with self.entered(), open(f"/proc/thread-self/net/{file}") as lines:
                rows = [line.split() for line in lines]
            for names, values in zip(rows[::2], rows[1::2]):
                prefix = {"Tcp:": "Tcp", "TcpExt:": "TcpExt"}.get(names[0])
                if prefix:
                    found.update((prefix + n, int(v)) for n, v in zip(names[1:], values[1:]))
        return found


class Wire:
    """Two interfaces in a namespace of their own, and a relay between them.

    `lose` is asked for every frame (and told which end sent it, 0 or 1);
    what it answers true for is lost. `treat`, where set, is asked instead
    and answers with the extra delay of every copy to send on: `[0.0]` passes
    a frame, `[]` loses it, `[0.0, 0.001]` doubles it. Where `log` is a list,
    all that enters and leaves is entered there, in that order. `trunk` =
    (side, VLAN id) makes that side a trunk: frames leave there tagged (the
    kernel takes tags off on arrival).
    """

    def __init__(self, delay):
        self.namespace, self.delay = Namespace(), delay
        self.lose = lambda frame, side: False
        self.treat = lambda frame, side: [] if self.lose(frame, side) else [0.0]
        self.trunk, self.log = None, None
        self._sockets, self._queue, self._stop = [], [], False
        self._order, self._numbers = itertools.count(), itertools.count(1)
        self._thread = threading.Thread(target=self._relay, daemon=True)

    def listen(self):
        """Starts once both interfaces `w0` and `w1` are there."""
        for name in ("w0", "w1"):
            end = self.namespace.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
            end.bind((name, 3))
            # Room for a large window at once: what is lost is lost on purpose.
            end.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 1 << 24)
            end.setblocking(False)
            self._sockets.append(end)
        self._thread.start()

    def _accept(self, side):
        while True:
            try:
                data, address = self._sockets[side].recvfrom(65536)
            except BlockingIOError:
                return
            if address[2] == PACKET_OUTGOING:
                continue
            number, fate = next(self._numbers), self.treat(Frame(data), side)
            self._note("in", number, side, [round(extra * 1e9) for extra in fate])
            if self.trunk and self.trunk[0] != side:
                data = data[:12] + b"\x81\x00" + self.trunk[1].to_bytes(2, "big") + data[12:]
            for extra in fate:
                due = time.monotonic() + self.delay + extra
                heapq.heappush(self._queue, (due, next(self._order), 1 - side, data, number))

    def _note(self, event, number, side, delays=None):
        if self.log is not None:
            self.log.append({"event": event, "frame": number, "side": side, "delays_ns": delays})

    def _relay(self):
        while not self._stop:
            wait = 0.05
            if self._queue:
                wait = min(wait, max(0.0, self._queue[0][0] - time.monotonic()))
            ready, _, _ = select.select(self._sockets, [], [], wait)
            for side, end in enumerate(self._sockets):
                if end in ready:
                    self._accept(side)
            while self._queue and self._queue[0][0] <= time.monotonic():
                _, _, side, data, number = heapq.heappop(self._queue)
                self._sockets[side].send(data)
                self._note("out", number, side)

    def close(self):
        """Ends the relay."""
        self._stop = True
        if self._thread.is_alive():
            self._thread.join()
        for end in self._sockets:
            end.close()


class Lab:
    """What one scenario sets up, taken down at its end."""

    def __init__(self, folder):
        self.folder, self.congestion = folder, b"cubic"
        self._kept, self._macs = [], itertools.count(1)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for each in self._kept[::-1]:
            each.close()

    def path(self, name):
        """Where a capture of that name goes."""
        return os.path.join(self.folder, name)

    def interface(self, host, name, peer, peer_name, mac=None, mtu=1500, offload=False):
        """A veth pair between two namespaces, `mac` the host's own address."""
        host.run(f"ip link add name {name} type veth peer name {peer_name} netns {peer.path}")
        for namespace, device, address in ((host, name, mac), (peer, peer_name, None)):
            if not offload:
                namespace.run(f"ethtool -K {device} tso off gso off gro off tx off rx off sg off")
            address = address or f"02:00:00:00:0b:{next(self._macs):02x}"
            namespace.run(f"ip link set {device} address {address} mtu {mtu} up")

    def address(self, host, address, device="eth0"):
        """Gives an interface an address (with its prefix length), and from
        it neither link-local addresses nor router solicitations."""
        if ":" in address:
            host.sysctl(f"ipv6/conf/{device}/addr_gen_mode", 1)
            host.sysctl(f"ipv6/conf/{device}/router_solicitations", 0)
            host.sysctl(f"ipv6/conf/{device}/disable_ipv6", 0)
            host.run(f"ip addr add {address} dev {device} nodad")
        else:
            host.run(f"ip addr add {address} dev {device}")

    def know(self, host, address, mac, device="eth0"):
        """Spares a host the ARP exchange."""
        host.run(f"ip neigh replace {address.split('/')[0]} lladdr {mac} dev {device} nud permanent")

    def wire(self, one, other, delay=0.001, names=("eth0", "eth0"), macs=MACS):
        """Joins two hosts by a relayed wire; gives the wire."""
        wire = Wire(delay)
        for host, name, end, mac in zip((one, other), names, ("w0", "w1"), macs):
            self.interface(host, name, wire.namespace, end, mac)
        return self.started(wire)

    def started(self, wire):
        """Starts a wire, and stops it at the end of the scenario."""
        wire.listen()
        return self.keep(wire)

    def pair(self, delay=0.001, arp=False, timestamps=True, addresses=("10.0.0.1/24", "10.0.0.2/24")):
        """A client, a server, and the wire between them."""
        client, server = Namespace(), Namespace()
        wire = self.wire(client, server, delay)
        for host, own, peer, mac in ((client, *addresses, MACS[1]), (server, *addresses[::-1], MACS[0])):
            host.sysctl("ipv4/tcp_timestamps", int(timestamps))
            host.sysctl("ipv4/tcp_no_metrics_save", 1)
            self.address(host, own)
            if not arp:
                self.know(host, peer, mac)
        return client, server, wire

    @contextlib.contextmanager
    def capture(self, host, name, interface="eth0", *extra, packed=False):
        """Records what a host's interface sees while the block runs. With
        `packed` a frame takes no more of the buffer than it needs, and comes to
        tcpdump a second later; without, as much as the longest may need."""
        path = self.path(name)
        mode = [] if packed else ["--immediate-mode"]
        command = ["tcpdump", "-i", interface, "-n", "-U", *mode, "-Z", "root", "-w", path, *extra]
        with host.entered():
            dump = subprocess.Popen(
                command,
                stderr=subprocess.PIPE,
                preexec_fn=lambda: LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL),
            )
        try:
            heard = b""
            while b"listening on" not in heard:
                line = dump.stderr.readline()
                if not line:
                    raise RuntimeError(f"tcpdump: {heard.decode().strip()}")
                heard += line
            time.sleep(0.1)
            yield path
            time.sleep(1.5 if packed else 0.3)  # the last frames are still on their way
        finally:
            dump.send_signal(signal.SIGINT)
            _, said = dump.communicate()
        dropped = re.search(rb"^(\d+) packets? dropped by kernel", said, re.MULTILINE)
        expect(dropped, f"tcpdump did not say how much of {name} it lost")
        expect(dropped[1] == b"0", f"{name} lacks {dropped[1].decode()} packets that the capture dropped", Starved)

    def keep(self, made):
        """Closes something at the end of the scenario, the last made first."""
        self._kept.append(made)
        return made

    def listen(self, host, address, backlog=16):
        """A listening TCP socket."""
        listener = self.bound(host, address)
        listener.listen(backlog)
        return listener

    def bound(self, host, address):
        """A TCP socket with its own address (any: "") and port chosen."""
        made = self.keep(host.socket(socket.AF_INET6 if ":" in address[0] else socket.AF_INET))
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        # The same on every machine (the sysctl is not open to all namespaces).
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, self.congestion)
        made.bind(address)
        return made

    def connect(self, host, address, source=("", 0), listener=None):
        """A connected TCP socket, from a fixed address where wanted; with
        the listener given, a pair of it and the accepted one."""
        source = ("::", source[1]) if ":" in address[0] and not source[0] else source
        made = self.bound(host, source)
        made.connect(address)
        if listener is None:
            return made
        accepted, _ = listener.accept()
        accepted.settimeout(PATIENCE)
        return made, self.keep(accepted)


@contextlib.contextmanager
def meanwhile(work, *arguments):
    """Does something in a second thread beside the block; what it returns
    is in the list given, once the block ended."""
    result = []
    thread = threading.Thread(target=lambda: result.append(work(*arguments)), daemon=True)
    thread.start()
    yield result
    thread.join(PATIENCE)
    expect(result, f"{work.__name__} did not come to its end")


def receive(end, count):
    """Exactly `count` bytes from a socket, or fails."""
    got = b""
    while len(got) < count:
        piece = end.recv(count - len(got))
        expect(piece, f"the peer closed after {len(got)} of {count} bytes")
        got += piece
    return got


def drained(end):
    """Everything until the peer closes."""
    return b"".join(iter(lambda: end.recv(65536), b""))


def frames(path):
    """What was recorded; fails if a checksum in it is wrong."""
    found, _ = read_pcap(path)
    expect(found, "nothing was recorded")
    for number, frame in enumerate(found, 1):
        if frame.original == len(frame.data):
            expect(frame.checksums_hold(), f"packet {number} has a wrong checksum")
    return found


def told(found, client):
    """Every TCP frame in a word or two: `> PA 27` is 27 bytes of the client's."""
    lines = []
    for frame in found:
        if frame.protocol == "tcp":
            arrow = ">" if frame.source == client else "<"
            size = f" {len(frame.payload)}" if frame.payload else ""
            lines.append(f"{arrow} {frame.flags}{size}")
    return lines


def contains(lines, wanted):
    """Whether the wanted lines stand in that order, with others between."""
    rest = iter(lines)
    return all(line in rest for line in wanted)
