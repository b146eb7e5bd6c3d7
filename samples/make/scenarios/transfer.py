"""Data under way: lost, not wanted yet, or none for a long time."""

import socket
import time

from lab import contains, drained, expect, frames, meanwhile, receive, told

SERVER = ("10.0.0.2", 3001)
SEGMENT = 1448  # MSS 1460 less the timestamp option
BULK, TAIL, FLIGHT = 80 * SEGMENT, 6 * SEGMENT, 4 * SEGMENT


def _text(length):
    """Numbered lines, so that every segment's content is its own."""
    line = b"".join(b"position %06d of the collar\n" % n for n in range(length // 30 + 1))
    return line[:length]


class Losses:
    """Loses the client's segments by their number in the stream: `plan` says
    how many of the transmissions of segment n are lost."""

    def __init__(self, plan):
        self.plan, self.initial = dict(plan), None

    def __call__(self, frame, side):
        if side == 1 or frame.protocol != "tcp":
            return False
        if frame.has("S"):
            self.initial = frame.seq
        if not frame.payload:
            return False
        number = ((frame.seq - self.initial - 1) & 0xFFFFFFFF) // SEGMENT
        if self.plan.get(number, 0):
            self.plan[number] -= 1
            return True
        return False


def make_loss(lab):
    """One transfer at both ends: a single loss, a burst, a segment lost
    twice, a lost tail, and a flight that is lost as a whole."""
    client, server, wire = lab.pair(delay=0.01)
    tail, flight = (BULK + TAIL) // SEGMENT, (BULK + TAIL + FLIGHT) // SEGMENT
    plan = {24: 1, 40: 1, 41: 1, 42: 1, 60: 2, tail - 1: 1}
    # The flight is lost with the tail-loss probe that asks after it.
    plan |= {number: 1 for number in range(tail, flight)} | {flight - 1: 2}
    wire.lose = Losses(plan)
    # Pieces leave one by one as on a network card without offloads.
    client.sysctl("ipv4/tcp_min_tso_segs", 1)
    before = client.counters()
    listener = lab.listen(server, SERVER)
    with lab.capture(server, "loss-receiver.pcap") as far, lab.capture(client, "loss.pcap") as near:
        caller, accepted = lab.connect(client, SERVER, ("", 3572), listener)
        sent = _text(BULK + TAIL + FLIGHT)
        with meanwhile(drained, accepted) as received:
            caller.sendall(sent[:BULK])
            time.sleep(1.5)
            caller.sendall(sent[BULK : BULK + TAIL])
            time.sleep(1.0)
            caller.sendall(sent[BULK + TAIL :])
            time.sleep(1.5)
            caller.close()
        expect(received[0] == sent, "the data did not arrive")
        accepted.close()
        time.sleep(0.2)
    after = client.counters()
    counted = {name: after[name] - before[name] for name in after}
    highest, again = 0, 0
    initial = next(f.seq for f in frames(near) if f.has("S"))
    for frame in frames(near):
        if frame.source == "10.0.0.1" and (frame.payload or frame.has("F")):
            start = (frame.seq - initial) & 0xFFFFFFFF
            again += start < highest
            highest = max(highest, start + len(frame.payload) + frame.has("F"))
    expect(again == counted["TcpRetransSegs"], f"{again} sent again, the kernel counts {counted['TcpRetransSegs']}")
    for name in ("TcpExtTCPFastRetrans", "TcpExtTCPTimeouts", "TcpExtTCPLossProbes"):
        expect(counted[name], f"{name} is 0")
    expect(not any(wire.lose.plan.values()), f"not all losses happened: {wire.lose.plan}")
    frames(far)


class Fates:
    """Sends the client's segments on by their number in the stream: `plan`
    has the extra delay of every copy of segment n, as `Wire.treat` gives it."""

    def __init__(self, plan):
        self.plan, self.initial = dict(plan), None

    def __call__(self, frame, side):
        if side == 1 or frame.protocol != "tcp":
            return [0.0]
        if frame.has("S"):
            self.initial = frame.seq
        if not frame.payload:
            return [0.0]
        number = ((frame.seq - self.initial - 1) & 0xFFFFFFFF) // SEGMENT
        return self.plan.pop(number, [0.0])


def make_reordered(lab):
    """At the receiver: one segment is overtaken by those behind it, another
    arrives twice. Nothing is lost."""
    client, server, wire = lab.pair(delay=0.01)
    # With three segments ahead of it, it would be sent again in vain.
    wire.treat = Fates({6: [0.002], 3: [0.0, 0.001]})
    client.sysctl("ipv4/tcp_min_tso_segs", 1)
    listener = lab.listen(server, SERVER)
    with lab.capture(server, "reordered.pcap") as path:
        caller, accepted = lab.connect(client, SERVER, ("", 3572), listener)
        sent = _text(9 * SEGMENT)
        with meanwhile(drained, accepted) as received:
            caller.sendall(sent)
            time.sleep(0.2)
            caller.close()
        expect(received[0] == sent, "the data did not arrive")
        accepted.close()
    found = [f for f in frames(path) if f.payload]
    order = [((f.seq - found[0].seq) & 0xFFFFFFFF) // SEGMENT for f in found]
    expect(sorted(order) == [0, 1, 2, 3, 3, 4, 5, 6, 7, 8], f"recorded {order}")
    expect(order.index(6) > order.index(7), f"not overtaken: {order}")


def make_zero_window(lab):
    """The server stops reading for three seconds: the window falls to zero,
    the client probes, then the window opens again."""
    client, server, _ = lab.pair(delay=0.002)
    listener = lab.listen(server, SERVER)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)
    server.sysctl("ipv4/tcp_invalid_ratelimit", 0)  # answer every probe
    with lab.capture(client, "zero-window.pcap") as path:
        caller, accepted = lab.connect(client, SERVER, ("", 3572), listener)
        with meanwhile(lambda: caller.sendall(_text(30_000)) or True):
            time.sleep(3)
            receive(accepted, 30_000)
        caller.close()
        drained(accepted)
        accepted.close()
    found = frames(path)
    windows = [f.window for f in found if f.source == "10.0.0.2" and not f.has("S")]
    expect(0 in windows and windows[-1] > 0, f"windows {windows}")
    expect(windows.count(0) >= 3, f"{windows.count(0)} times a window of zero: too few probes")


def make_keep_alive(lab):
    """Nothing to say for four seconds but a probe each second."""
    client, server, _ = lab.pair(delay=0.002)
    listener = lab.listen(server, SERVER)
    with lab.capture(client, "keep-alive.pcap") as path:
        caller, accepted = lab.connect(client, SERVER, ("", 3572), listener)
        caller.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        caller.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 1)
        caller.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 1)
        caller.sendall(b"location")
        receive(accepted, 8)
        time.sleep(4.6)
        caller.close()
        drained(accepted)
        accepted.close()
    found = frames(path)
    initial = found[0].seq
    probes = [f for f in found if f.flags == "A" and f.seq == initial + 8 and f.source == "10.0.0.1"]
    expect(len(probes) >= 3, f"{len(probes)} probes: {told(found, '10.0.0.1')}")


def make_peer_silent(lab):
    """The network is cut; data is sent again and again, and never answered."""
    client, server, wire = lab.pair(delay=0.002)
    listener = lab.listen(server, SERVER)
    with lab.capture(client, "peer-silent.pcap") as path:
        caller, accepted = lab.connect(client, SERVER, ("", 3572), listener)
        caller.sendall(b"location")
        receive(accepted, 8)
        time.sleep(0.2)
        wire.lose = lambda frame, side: True
        caller.sendall(b"location")
        time.sleep(7)
    lines = told(frames(path), "10.0.0.1")
    expect(lines[-5:] == ["> PA 8"] * 5 and contains(lines, ["> PA 8", "< A", "> PA 8"]), f"recorded {lines}")
