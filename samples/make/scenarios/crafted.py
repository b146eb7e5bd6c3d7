"""What no kernel does, made by hand: damaged packets, data that changes, and
recordings that lost something, paused, or whose clock went back."""

import struct

from lab import MACS, expect
from packets import ICMP, TCP, UDP, Frame, ones_complement, read_pcap, write_pcap
from scenarios.opening import _segment

START, MS = 1_700_000_000_000_000_000, 1_000_000
HOSTS = (bytes([10, 0, 0, 1]), bytes([10, 0, 0, 2]))
SYN, ACK, PUSH, FIN, RST = 2, 16, 8, 1, 4


def _frame(sender, protocol, body, identification=1, place=None):
    """An IPv4 frame between the two hosts, its sums right; the sum of the body
    stands at `place` and covers a pseudo header unless it is ICMP's."""
    ends = HOSTS[::-1] if sender else HOSTS
    macs = [bytes.fromhex(mac.replace(":", "")) for mac in (MACS if sender else MACS[::-1])]
    if place is not None:
        pseudo = b"" if protocol == ICMP else b"".join(ends) + struct.pack("!HH", protocol, len(body))
        body = body[:place] + struct.pack("!H", ones_complement(pseudo, body)) + body[place + 2 :]
    header = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(body), identification, 0x4000, 64, protocol, 0) + b"".join(ends)
    header = header[:10] + struct.pack("!H", ones_complement(header)) + header[12:]
    return b"".join(macs) + b"\x08\x00" + header + body


def _tcp(sender, flags, sequence, acknowledgment, data=b"", options=b"", window=64240):
    """A segment of the client 3572 (sender 0) or the server 3001."""
    ports = (3001, 3572) if sender else (3572, 3001)
    offset = (5 + len(options) // 4) << 4
    body = struct.pack("!HHIIBBHHH", *ports, sequence, acknowledgment, offset, flags, window, 0, 0) + options + data
    return _frame(sender, TCP, body, sequence & 0xFFFF, 16)


def _from_port(data, port):
    """The frame of a segment, with another port of the client, its sum right again."""
    at = 36 if data[34:36] == struct.pack("!H", 3001) else 34
    (old,), (total,) = struct.unpack("!H", data[at : at + 2]), struct.unpack("!H", data[50:52])
    total = (~total & 0xFFFF) + (~old & 0xFFFF) + port
    total = ~(total % 0xFFFF) & 0xFFFF
    data = data[:at] + struct.pack("!H", port) + data[at + 2 :]
    return data[:50] + struct.pack("!H", total) + data[52:]


def _datagram(sender, data):
    ports = (53, 40000) if sender else (40000, 53)
    return _frame(sender, UDP, struct.pack("!HHHH", 3001 + sender, 3001, 8 + len(data), 0) + data, 7, 6)


def _ping(sender, number):
    body = struct.pack("!BBHHH", 0 if sender else 8, 0, 0, 3572, number) + bytes(range(0x10, 0x30))
    return _frame(sender, ICMP, body, number, 2)


def _write(lab, name, frames):
    """Frames with their time in milliseconds, in the order to write."""
    path = lab.path(name)
    write_pcap(path, [Frame(data, START + int(time * MS)) for time, data in frames])
    expect(read_pcap(path)[0], "nothing was written")


def _damaged(data, at):
    """A frame with one bit of it turned over."""
    return data[:at] + bytes([data[at] ^ 0x10]) + data[at + 1 :]


def _handshake(x=1000, y=2000):
    maximum = bytes([2, 4, 5, 180])
    return [
        (0, _tcp(0, SYN, x, 0, options=maximum)),
        (1, _tcp(1, SYN | ACK, y, x + 1, options=maximum)),
        (1.1, _tcp(0, ACK, x + 1, y + 1)),
    ]


def make_crafted_checksums(lab):
    """Not from a kernel: a packet of each protocol is damaged on its way, after
    others of the same host arrived whole."""
    good = _handshake()
    data = _tcp(0, PUSH | ACK, 1001, 2001, b"location")
    again = [(300, data), (301, _tcp(1, ACK, 2001, 1009))]
    _write(lab, "crafted-checksums.pcap", [
        *good,
        (10, _damaged(data, 60)),
        (20, _datagram(0, b"location")), (30, _damaged(_datagram(0, b"location"), 45)),
        (40, _ping(0, 1)), (41, _ping(1, 1)), (50, _damaged(_ping(0, 2), 60)),
        (60, _damaged(_datagram(0, b"location"), 22)),
        *again,
        (310, _tcp(0, FIN | ACK, 1009, 2001)), (311, _tcp(1, FIN | ACK, 2001, 1010)), (312, _tcp(0, ACK, 1010, 2002)),
    ])  # fmt: skip


def make_crafted_rewritten(lab):
    """Not from a kernel: addresses were replaced after the recording, the sums were
    not mended."""
    frames = [
        *_handshake(),
        *[(10 + 10 * n, _tcp(0, PUSH | ACK, 1001 + 8 * n, 2001, b"location")) for n in range(6)],
        (80, _tcp(1, ACK, 2001, 1049)),
        (90, _tcp(0, FIN | ACK, 1049, 2001)), (91, _tcp(1, FIN | ACK, 2001, 1050)), (92, _tcp(0, ACK, 1050, 2002)),
    ]  # fmt: skip
    renamed = [(time, data.replace(HOSTS[0], bytes([192, 0, 2, 77]), 1)) for time, data in frames]
    _write(lab, "crafted-rewritten.pcap", renamed)


def make_crafted_data_differs(lab):
    """Not from a kernel: the same bytes of the stream come twice, with other
    contents."""
    _write(lab, "crafted-data-differs.pcap", [
        *_handshake(),
        (10, _tcp(0, PUSH | ACK, 1001, 2001, b"open the door\n")),
        (12, _tcp(0, PUSH | ACK, 1001, 2001, b"lock the door\n")),
        (14, _tcp(1, ACK, 2001, 1015)),
        (20, _tcp(0, FIN | ACK, 1015, 2001)), (21, _tcp(1, FIN | ACK, 2001, 1016)), (22, _tcp(0, ACK, 1016, 2002)),
    ])  # fmt: skip


def make_crafted_reset_contradicted(lab):
    """Not from a kernel: a RST in the server's name, after which the server goes on
    as if nothing had happened: it did not write it."""
    _write(lab, "crafted-reset-contradicted.pcap", [
        *_handshake(),
        (10, _tcp(0, PUSH | ACK, 1001, 2001, b"location")), (11, _tcp(1, ACK, 2001, 1009)),
        (20, _tcp(1, RST, 2001, 0)),
        (120, _tcp(1, PUSH | ACK, 2001, 1009, b"OK\n")), (220, _tcp(1, PUSH | ACK, 2004, 1009, b"OK\n")),
        (320, _tcp(1, PUSH | ACK, 2007, 1009, b"OK\n")),
    ])  # fmt: skip


def make_crafted_malformed(lab):
    """Not from a kernel: headers that cannot be: a length below the shortest, an
    option that reaches beyond its header."""
    short = bytearray(_tcp(0, SYN, 1000, 0))
    short[14] = 0x42
    long = _tcp(0, SYN, 1000, 0, options=bytes([2, 40, 5, 180]))
    cut = bytearray(_datagram(0, b"location"))
    cut[38:40] = struct.pack("!H", 4)
    _write(lab, "crafted-malformed.pcap", [(0, bytes(short)), (10, long), (20, bytes(cut))])


def _transfer(count, start=0, size=100):
    """A transfer of so many segments, each acknowledged."""
    frames = []
    for number in range(count):
        time = start + 10 + 5 * number
        frames.append((time, _tcp(0, PUSH | ACK, 1001 + size * number, 2001, b"x" * size)))
        frames.append((time + 1, _tcp(1, ACK, 2001, 1001 + size * (number + 1))))
    return frames


def _closing(time, sequence):
    return [
        (time, _tcp(0, FIN | ACK, sequence, 2001)),
        (time + 1, _tcp(1, FIN | ACK, 2001, sequence + 1)),
        (time + 2, _tcp(0, ACK, sequence + 1, 2002)),
    ]  # fmt: skip


def make_crafted_dropped(lab):
    """Not from a kernel: the recorder was too slow and lacks one segment in five,
    which the receiver acknowledged."""
    data = [frame for number, frame in enumerate(_transfer(60)) if number % 10 != 4]
    _write(lab, "crafted-dropped.pcap", [*_handshake(), *data, *_closing(400, 7001)])


def make_crafted_ack_of_unseen(lab):
    """Not from a kernel: one segment is missing in the recording alone."""
    data = [frame for number, frame in enumerate(_transfer(12)) if number != 8]
    _write(lab, "crafted-ack-of-unseen.pcap", [*_handshake(), *data, *_closing(100, 2201)])


def make_crafted_time_disorder(lab):
    """Not from a kernel: the recorder's clock is set back by two seconds on the
    way."""
    frames = [*_handshake(), *_transfer(12), *_closing(100, 2201)]
    _write(lab, "crafted-time-disorder.pcap", [
        (time - (2000 if number > 14 else 0) + 5000, data) for number, (time, data) in enumerate(frames)
    ])  # fmt: skip


def make_crafted_pause(lab):
    """Not from a kernel: two recordings, two hours apart, were joined."""
    later = 7_200_000
    frames = [*_handshake(), *_transfer(6), *_closing(100, 1601)]
    second = [(time + later, _from_port(data, 3573)) for time, data in frames]
    _write(lab, "crafted-pause.pcap", [*frames, *second])


def make_crafted_unknown_trigger(lab):
    """Not from a kernel: bytes come again of which nothing shows why: too soon for
    a timeout, without duplicate ACKs, and not the last ones."""
    data = _transfer(12)
    again = (12.2, data[0][1])
    _write(lab, "crafted-unknown-trigger.pcap", sorted([*_handshake(), *data, again, *_closing(100, 2201)], key=lambda f: f[0]))
