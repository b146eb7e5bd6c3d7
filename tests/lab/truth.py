"""What is true about a run, from the relay's log and the kernels' counters,
that log, counters and captures agree about it, and that the machine kept up.

Comes in: both captures, the relay's log, the counters. Goes out, for each
host, by frame number in the capture made on that host:
- `sent_again`: frames of its own that carry sequence space below the highest
  it had sent in that direction, with the number of wire segments;
- `bursts`: these frames in groups, between two readings of the kernel's
  counters, with what the kernel counted as the cause of each;
- `late`: arriving data below the highest that had arrived, and what it was:
  `copy` (this very frame had arrived before), `retransmitted` (its bytes had
  been sent before) or `reordered` (its bytes were never sent before), and
  whether it brought bytes that had not arrived yet.
"""

import collections
import struct
import zlib

from lab import MACS, Starved, expect
from relay import Seen

HALF, MASK = 1 << 31, 0xFFFFFFFF
# Seconds. Linux's retransmission timer runs for 200 ms at least. A machine that stands still for half of that decides
# what is sent again: round trips are no longer the network's, and the answer that would have stopped a timer comes too late.
LATE_AT_MOST = 0.1
CAUSES = ("TCPTimeouts", "TCPSlowStartRetrans", "TCPFastRetrans")


def in_time(seconds, who):
    """Fails where the machine was that late."""
    expect(seconds < LATE_AT_MOST, f"the machine starved: {who} was {seconds * 1000:.0f} ms late", Starved)


def read(path):
    """The frames of a capture: (number, time in ns, sender's side, data)."""
    with open(path, "rb") as file:
        data = file.read()
    magic = struct.unpack_from("<I", data)[0]
    nano = {0xA1B2C3D4: 1000, 0xA1B23C4D: 1}[magic]
    sides = {bytes.fromhex(mac.replace(":", "")): side for mac, side in zip(MACS, "ab")}
    at, number, found = 24, 0, []
    while at < len(data):
        seconds, fraction, kept, original = struct.unpack_from("<IIII", data, at)
        body, number = data[at + 16 : at + 16 + kept], number + 1
        expect(kept == original, f"{path}: frame {number} was cut")
        found.append((number, seconds * 10**9 + fraction * nano, sides[body[6:12]], body))
        at += 16 + kept
    return found


class Way:
    """The sequence space of one direction of one connection."""

    def __init__(self, first):
        self.highest, self.have = first, []  # have: sorted, disjoint [start, end)
        self.first = first

    def position(self, seq):
        """A sequence number as an offset (of at most 2 GiB either way) from the first one."""
        offset = (seq - self.first) & MASK
        return offset - (1 << 32) if offset >= HALF else offset

    def take(self, start, end):
        """Enters a range; whether any of it is new."""
        new = start < end and not any(a <= start and end <= b for a, b in self.have)
        merged = [start, end]
        rest = []
        for a, b in self.have:
            if b < merged[0] or a > merged[1]:
                rest.append((a, b))
            else:
                merged = [min(a, merged[0]), max(b, merged[1])]
        self.have = sorted([*rest, tuple(merged)])
        return new


class Ways:
    """All directions, for a series of frames in one order."""

    def __init__(self):
        self.known = {}

    def enter(self, frame):
        """(starts below the highest, brings something new) of a frame."""
        key = (frame.side, frame.flow)
        way = self.known.get(key)
        if way is None or (frame.kind in ("syn", "syn_ack") and frame.seq != way.first):
            way = self.known[key] = Way(frame.seq)
            way.top = 0
        start = way.position(frame.seq)
        end = start + frame.space
        below, way.top = start < way.top, max(way.top, end)
        return below, way.take(start, end)


def segments(frame, sizes):
    """How many wire segments a frame is, by its connection's segment size."""
    size = sizes.get(frame.flow)
    return max(1, -(-frame.length // size)) if size else 1


def segment_sizes(frames):
    """The payload of a full segment of each connection: the smaller of both
    MSS options, less the timestamp option where both have it."""
    offers = collections.defaultdict(dict)
    for frame, data in frames:
        if frame.kind in ("syn", "syn_ack"):
            offers[frame.flow][frame.side] = options(data)
    sizes = {}
    for flow, sides in offers.items():
        both = list(sides.values())
        mss = min(each.get(2, b"\x02\x18")[0] * 256 + each.get(2, b"\x02\x18")[1] for each in both)
        sizes[flow] = mss - (12 if all(8 in each for each in both) else 0)
    return sizes


def options(data):
    """The TCP options of a frame, by kind."""
    at = 14 + (data[14] & 15) * 4 if data[12:14] == b"\x08\x00" else 54
    end, at, found = at + (data[at + 12] >> 4) * 4, at + 20, {}
    while at < end and data[at]:
        if data[at] == 1:
            at += 1
            continue
        found[data[at]] = data[at + 2 : at + data[at + 1]]
        at += max(2, data[at + 1])
    return found


def sent_again(capture, own):
    """The frames of side `own` that repeat something, with their segments."""
    frames = [(number, time, Seen(side, data), data) for number, time, side, data in capture]
    frames = [each for each in frames if each[2].kind]
    sizes, ways, found = segment_sizes([(frame, data) for _, _, frame, data in frames]), Ways(), []
    for number, time, frame, _ in frames:
        if frame.side == own and frame.space:
            below, _ = ways.enter(frame)
            if below:
                found.append({"number": number, "time_ns": time, "kind": frame.kind, "segments": segments(frame, sizes)})
    return found


def bursts(again, samples):
    """Groups what was sent again between readings of the counters. A reading
    counts where capture and kernel had the same number at that time."""
    made, start, taken = [], samples[0][1], 0
    for time, counters in samples[1:]:
        until = sum(each["time_ns"] <= time for each in again)
        total = sum(each["segments"] for each in again[:until])
        if counters["TcpRetransSegs"] - samples[0][1]["TcpRetransSegs"] != total or until == taken:
            continue
        rise = {name: counters[name] - start[name] for name in (*CAUSES, "TCPLossProbes", "TCPSynRetrans")}
        group = again[taken:until]
        rest = sum(each["segments"] for each in group) - sum(rise[name] for name in CAUSES)
        if rest < 0:
            continue  # read between two counters of the same resend
        syn_acks = sum(each["kind"] == "syn_ack" for each in group)
        made.append({
            "numbers": [each["number"] for each in group],
            "handshake": sum(each["kind"] in ("syn", "syn_ack", "fin") for each in group),
            "timeout": rise["TCPTimeouts"], "slow_start": rise["TCPSlowStartRetrans"], "fast": rise["TCPFastRetrans"],
            "syn_ack_for_syn": min(rest, syn_acks), "tail_loss_probe": rest - min(rest, syn_acks),
        })  # fmt: skip
        start, taken = counters, until
    expect(taken == len(again), f"{len(again) - taken} frames sent again after the last reading of the counters")
    return made


def matched(capture, log, host, cut=False):
    """Each captured TCP frame's log entry: what the host sent by content, what
    it received by order and content. Fails where one has what the other lacks,
    or has it much later or in another order.
    With `cut` the relay saw what the host sent only in smaller pieces."""
    entries, arrivals = collections.defaultdict(collections.deque), []
    by_frame = {}
    for entry in log:
        if entry["event"] == "in":
            by_frame[entry["frame"]] = entry
            if entry["side"] == host and entry["kind"] and not cut:
                entries[entry["crc32"]].append(entry)
        elif entry["side"] == host and by_frame[entry["frame"]]["kind"]:
            arrivals.append(entry)
    found, arrived, latest = {}, 0, 0
    for number, time, side, data in capture:
        if not Seen(side, data).kind:
            continue
        if side == host and cut:
            continue
        if side == host:
            queue = entries[zlib.crc32(data)]
            expect(queue, f"frame {number} of {host}.pcap never came to the relay")
            found[number] = queue.popleft()
            # Each CPU has a queue of its own for what comes in; one that stands still is overtaken by another.
            message = f"the machine starved: frame {number} of {host}.pcap was overtaken on its way to the relay"
            expect(found[number]["frame"] > latest, message, Starved)
            latest = found[number]["frame"]
            in_time((found[number]["time_ns"] - time) / 1e9, f"the relay with frame {number} of {host}.pcap")
            continue
        expect(arrived < len(arrivals), f"frame {number} of {host}.pcap never left the relay")
        entry = arrivals[arrived]
        origin = by_frame[entry["frame"]]
        expect(origin["crc32"] == zlib.crc32(data), f"frame {number} of {host}.pcap is not the relay's frame {entry['frame']}")
        in_time((time - entry["time_ns"]) / 1e9, f"host {host} with frame {number} of {host}.pcap")
        found[number], arrived = origin, arrived + 1
    expect(arrived == len(arrivals), f"{host}.pcap lacks {len(arrivals) - arrived} of {len(arrivals)} frames that arrived")
    lacking = sum(map(len, entries.values()))
    expect(not lacking, f"{host}.pcap lacks {lacking} frames that the host sent")
    return found


def late(capture, origins, repeated, host):
    """What arrived at a host below the highest that had arrived."""
    ways, before, found = Ways(), set(), []
    for number, _, side, data in capture:
        if side == host:
            continue
        frame = Seen(side, data)
        if not frame.space:
            continue
        origin = origins[number]["frame"]
        below, new = ways.enter(frame)
        if below and frame.length:
            kind = "copy" if origin in before else "retransmitted" if origin in repeated else "reordered"
            found.append({"number": number, "kind": kind, "new_bytes": new, "relay_frame": origin})
        before.add(origin)
    return found


def of_run(captures, log, samples, split=False):
    """The truth for both hosts. `samples`: for each, readings of the counters
    (time in ns, counters by name), the first before anything was sent. With
    `split`, what host a sent was cut into segments before the relay."""
    truth, again, origins = {}, {}, {}
    for host in "ab":
        again[host] = sent_again(captures[host], host)
        kernel = samples[host][-1][1]["TcpRetransSegs"] - samples[host][0][1]["TcpRetransSegs"]
        wire = sum(each["segments"] for each in again[host])
        expect(wire == kernel, f"{host}.pcap shows {wire} segments sent again, the kernel counted {kernel}")
        origins[host] = matched(captures[host], log, host, split and host == "a")
    repeated = {entry["frame"] for entry in log if entry.get("again") and entry["side"] == "a"} if split else set()
    for host in "ab":
        repeated |= {origins[host][each["number"]]["frame"] for each in again[host] if each["number"] in origins[host]}
    for host in "ab":
        found = late(captures[host], origins[host], repeated, host)
        truth[host] = {"sent_again": again[host], "bursts": bursts(again[host], samples[host]), "late": found}
    return truth
