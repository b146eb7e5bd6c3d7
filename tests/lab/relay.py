"""The wire between the two hosts: a relay that does to frames what the faults
say, and writes down what it did. Its log is the truth about the network.

Comes in: frames at the interfaces `w0` (host a) and `w1` (host b), by packet
sockets. Goes out: the same frames at the other side, later, twice or never;
`log`, one entry for every frame that came in (with its fate) and for every
copy that went out, in the order of both; `samples`, the counters of a host's
kernel at quiet moments after it had sent something again.

Frames carry their virtio header (PACKET_VNET_HDR), so that checksums not yet
filled in and segments not yet cut pass unharmed. With `split` a second veth
pair stands before the relay at host a's side, its offloads off: there the
kernel cuts what host a left to its network card.
"""

import contextlib
import heapq
import itertools
import os
import select
import socket
import struct
import sys
import threading
import time
import traceback
import zlib

from faults import ACK, DATA, FIN, HELD, RST, SYN, SYN_ACK
from lab import PACKET_OUTGOING, Namespace

SOL_PACKET, PACKET_STATISTICS, PACKET_VNET_HDR = 263, 6, 15
SO_SNDBUFFORCE, SO_RCVBUFFORCE, BUFFER = 32, 33, 64 << 20
VNET = 10  # length of struct virtio_net_hdr
QUIET, PATIENT = 0.0015, 0.010  # seconds without a resend, seconds at most, before counters are read
FLAGS = "FSRPAUEC"
ANY = socket.htons(3)


def real_time(on):
    """Whether the calling thread and what it starts go before the rest of a busy machine."""
    with contextlib.suppress(PermissionError):  # else it is late now and then
        policy, priority = (os.SCHED_RR, 1) if on else (os.SCHED_OTHER, 0)
        os.sched_setscheduler(0, policy, os.sched_param(priority))


class Seen:
    """What faults and log need of a frame."""

    __slots__ = ("side", "kind", "index", "flow", "seq", "ack", "length", "flags", "ip_id", "window", "space", "again")

    def __init__(self, side, data):
        self.side, self.kind, self.flow, self.index, self.again = side, None, None, 0, False
        self.seq = self.ack = self.length = self.ip_id = self.window = self.space = None
        self.flags = ""
        if data[12:14] == b"\x08\x00":
            at, (total, self.ip_id) = 14 + (data[14] & 15) * 4, struct.unpack_from("!HH", data, 16)
            end, protocol, addresses = 14 + total, data[23], data[26:34]
        elif data[12:14] == b"\x86\xdd":
            at, end, protocol, addresses = 54, 54 + struct.unpack_from("!H", data, 18)[0], data[20], data[22:54]
        else:
            return
        if protocol != 6:
            return
        sport, dport, self.seq, self.ack, offset, bits, self.window = struct.unpack_from("!HHIIBBH", data, at)
        self.flags = "".join(name for bit, name in enumerate(FLAGS) if bits >> bit & 1)
        self.length = end - at - (offset >> 4) * 4
        self.space = self.length + ("S" in self.flags) + ("F" in self.flags)
        client, server = (sport, dport) if side == "a" else (dport, sport)
        self.flow = f"{client}-{server}"
        if "S" in self.flags:
            self.kind = SYN_ACK if "A" in self.flags else SYN
        elif "R" in self.flags:
            self.kind = RST
        elif self.length:
            self.kind = DATA
        else:
            self.kind = FIN if "F" in self.flags else ACK


class Counters:
    """A namespace's TCP counters, cheap enough to read often."""

    def __init__(self, namespace):
        self.files = []
        with namespace.entered():
            for name in ("snmp", "netstat"):
                self.files.append(os.open(f"/proc/thread-self/net/{name}", os.O_RDONLY))

    def raw(self):
        """Both files as they are now."""
        return b"".join(os.pread(file, 1 << 16, 0) for file in self.files)

    @staticmethod
    def named(raw):
        """`TcpRetransSegs`, `TCPTimeouts` and so on from both files."""
        found, rows = {}, [line.split() for line in raw.decode().splitlines()]
        for names, values in zip(rows[::2], rows[1::2]):
            if names[0] in ("Tcp:", "TcpExt:"):
                prefix = "Tcp" if names[0] == "Tcp:" else ""
                found.update((prefix + name, int(value)) for name, value in zip(names[1:], values[1:]))
        return found

    def now(self):
        """The counters by name."""
        return self.named(self.raw())

    def close(self):
        """Closes both files."""
        for file in self.files:
            os.close(file)


class Relay:
    """See the head of this file. `delay` in seconds, the same for all."""

    def __init__(self, delay=0.002, split=False):
        self.namespace, self.delay, self.split, self.faults = Namespace(), delay, split, []
        self.log, self.samples = [], []
        self.counters = {}  # side -> Counters, to be sampled
        self._queue, self._held, self._stop = [], [], False
        self._order, self._frames = itertools.count(), itertools.count(1)
        self._indexes, self._highest, self._due = {}, {}, {}
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._guarded, daemon=True)
        self.late = 0.0  # seconds at most that the relay came to its turn, or sent a frame on, too late

    # Setting up

    def listen(self):
        """Starts, once `w0` and `w1` are there."""
        self._ends = {"a": self._socket("w0"), "b": self._socket("w1")}
        self._entrances = dict(self._ends)
        if self.split:
            self.namespace.run("ip link add name s0 type veth peer name s1")
            for name in ("s0", "s1"):
                self.namespace.run(f"ethtool -K {name} tso off gso off gro off tx off rx off sg off")
                self.namespace.run(f"ip link set {name} up")
            self._splitter, self._entrances["a"] = self._socket("s0"), self._socket("s1")
        self._thread.start()

    def _socket(self, name):
        end = self.namespace.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
        for option in (SO_RCVBUFFORCE, SO_SNDBUFFORCE):
            end.setsockopt(socket.SOL_SOCKET, option, BUFFER)
        end.setsockopt(SOL_PACKET, PACKET_VNET_HDR, 1)
        end.bind((name, 3))
        end.setblocking(False)
        return end

    # Running

    def _guarded(self):
        real_time(True)
        try:
            self._relay()
        except Exception:  # without a relay the run proves nothing, and would not end
            traceback.print_exc(file=sys.stdout)
            sys.stdout.flush()
            os._exit(4)

    def _relay(self):
        waiting = list(self._entrances.values())
        if self.split:
            waiting.append(self._ends["a"])
        turn = float("inf")
        while not self._stop:
            wait = 0.02
            now = time.monotonic()
            self.late = max(self.late, now - turn)
            if self._queue:
                wait = min(wait, max(0.0, self._queue[0][0] - now))
            if self._due:
                wait = min(wait, QUIET)
            turn = now + wait
            ready, _, _ = select.select(waiting, [], [], wait)
            if self.split and self._ends["a"] in ready:
                self._pass_to_splitter()
            with self._lock:
                for side, entrance in self._entrances.items():
                    if entrance in ready:
                        self._accept(side, entrance)
                self._send_due()
            self._sample()

    def _pass_to_splitter(self):
        while True:
            try:
                data, address = self._ends["a"].recvfrom(70000)
            except BlockingIOError:
                return
            if address[2] != PACKET_OUTGOING:
                self._splitter.send(data)

    def _accept(self, side, entrance):
        for _ in range(64):  # then the queue gets its turn
            try:
                data, address = entrance.recvfrom(70000)
            except BlockingIOError:
                return
            if address[2] != PACKET_OUTGOING:
                self._enter(side, data)

    def _enter(self, side, data):
        frame, number, now = Seen(side, data[VNET:]), next(self._frames), time.monotonic()
        self._number(frame)
        fate, fault = [0.0], None
        for each in self.faults:
            chosen = each.fate(frame) if frame.kind else None
            if chosen is not None:
                fate, fault = chosen, each.name
                break
        self._note_entry(number, frame, data[VNET:], fate, fault)
        other = "b" if side == "a" else "a"
        for copy, extra in enumerate(fate):
            if fate is HELD:
                self._held.append((number, copy, other, data))
            else:
                heapq.heappush(self._queue, (now + self.delay + extra, next(self._order), number, copy, other, data))
        if frame.again:
            self._due.setdefault(side, [now, now])[1] = now

    def _number(self, frame):
        """Which of its kind it is, and whether it was sent before."""
        key = (frame.side, frame.kind)
        frame.index = self._indexes[key] = self._indexes.get(key, 0) + 1
        if not frame.space:
            return
        way = (frame.side, frame.flow)
        end, highest = (frame.seq + frame.space) & 0xFFFFFFFF, self._highest.get(way)
        if highest is not None and frame.kind == SYN and frame.seq != (highest - 1) & 0xFFFFFFFF:
            highest = None  # the same ports, a new connection
        if highest is None or 0 < (end - highest) & 0xFFFFFFFF < 1 << 31:
            self._highest[way] = end
        frame.again = highest is not None and 0 < (highest - frame.seq) & 0xFFFFFFFF < 1 << 31

    def _note_entry(self, number, frame, data, fate, fault):
        action = "forwarded"
        if fault:
            action = "dropped" if not fate else "duplicated" if len(fate) > 1 else "delayed"
        self.log.append({
            "event": "in", "frame": number, "time_ns": time.time_ns(), "side": frame.side,
            "kind": frame.kind, "index": frame.index, "flow": frame.flow, "bytes": len(data), "crc32": zlib.crc32(data),
            "ip_id": frame.ip_id, "seq": frame.seq, "ack": frame.ack, "length": frame.length,
            "flags": frame.flags, "window": frame.window, "again": frame.again,
            "action": action, "fault": fault,
            "delays_ns": [None if extra == float("inf") else round(extra * 1e9) for extra in fate],
        })  # fmt: skip

    def _send_due(self):
        now = time.monotonic()
        while self._queue and self._queue[0][0] <= now:
            due, _, number, copy, side, data = heapq.heappop(self._queue)
            self.late = max(self.late, now - due)
            self._leave(number, copy, side, data)

    def _leave(self, number, copy, side, data):
        # The entry stands before the frame does anything on the other side.
        self.log.append({"event": "out", "frame": number, "copy": copy, "time_ns": time.time_ns(), "side": side})
        self._ends[side].send(data)

    def release(self):
        """Sends on everything that a `Switch` held back."""
        with self._lock:
            for held in self._held:
                self._leave(*held)
            self._held.clear()

    def _sample(self):
        now = time.monotonic()
        for side, (first, last) in list(self._due.items()):
            if now - last >= QUIET or now - first >= PATIENT:
                self.sample(side)
                del self._due[side]

    def sample(self, side):
        """Notes a host's counters with the time."""
        if side in self.counters:
            raw = self.counters[side].raw()
            self.samples.append((side, time.time_ns(), raw))

    # Taking down

    def faults_done(self):
        """How many frames met a fault."""
        return sum(entry["event"] == "in" and entry["fault"] is not None for entry in self.log)

    def drops(self):
        """Frames that the kernel could not give to the relay (must be 0)."""
        ends = set(self._ends.values()) | set(self._entrances.values())
        return sum(struct.unpack("II", end.getsockopt(SOL_PACKET, PACKET_STATISTICS, 8))[1] for end in ends)

    def close(self):
        """Ends the relay."""
        self._stop = True
        if self._thread.is_alive():
            self._thread.join()
        ends = set(self._ends.values()) | set(self._entrances.values())
        for end in ends | ({self._splitter} if self.split else set()):
            end.close()
        for each in self.counters.values():
            each.close()
