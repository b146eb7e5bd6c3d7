"""How connections begin, or fail to."""

import errno
import socket
import struct
import time

from lab import MACS, contains, drained, expect, frames, receive, told
from packets import TCP, Frame, ones_complement, write_pcap

SERVER = ("10.0.0.2", 3001)
MSG_FASTOPEN, TCP_FASTOPEN = 0x20000000, 23


def make_refused(lab):
    """Nobody listens: the SYN is answered with RST."""
    client, _, _ = lab.pair()
    with lab.capture(client, "refused.pcap") as path:
        try:
            lab.connect(client, SERVER)
        except ConnectionRefusedError:
            pass
    lines = told(frames(path), "10.0.0.1")
    expect(lines == ["> S", "< RA"], f"recorded {lines}")


def make_port_scan(lab):
    """A program tries 40 ports, one after the other: two listen, one is dropped
    by a firewall, the others refuse."""
    client, server, _ = lab.pair()
    listeners = {port: lab.listen(server, ("10.0.0.2", port)) for port in (3001, 3022)}
    server.firewall("input", "tcp dport 3033 drop")
    with lab.capture(client, "port-scan.pcap") as path:
        for port in range(3001, 3041):
            if port in listeners:
                caller, accepted = lab.connect(client, ("10.0.0.2", port), ("", 0), listeners[port])
                caller.close()
                drained(accepted)
                accepted.close()
                continue
            caller = lab.bound(client, ("", 0))
            caller.settimeout(1.5)
            try:
                caller.connect(("10.0.0.2", port))
            except (ConnectionRefusedError, TimeoutError):
                pass
            caller.close()
        time.sleep(1)
    found = frames(path)
    expect(len({f.dport for f in found if f.flags == "S"}) == 40, "not the SYNs planned")
    expect(len([f for f in found if f.flags == "SA"]) == 2, "not the open ports planned")
    expect(len([f for f in found if f.flags == "RA" and f.source == "10.0.0.2"]) == 37, "not the RSTs planned")


def make_syn_unanswered(lab):
    """A firewall drops the SYN; it is sent again after 1, 2 and 4 seconds."""
    client, server, _ = lab.pair()
    client.sysctl("ipv4/tcp_syn_linear_timeouts", 0)  # newer kernels repeat a few each second
    lab.listen(server, SERVER)
    server.firewall("input", "tcp dport 3001 drop")
    with lab.capture(client, "syn-unanswered.pcap") as path:
        caller = lab.bound(client, ("", 0))
        caller.settimeout(7.5)
        try:
            caller.connect(SERVER)
        except TimeoutError:
            caller.close()
    found = frames(path)
    gaps = [round((b.time - a.time) / 1e9) for a, b in zip(found, found[1:])]
    expect(told(found, "10.0.0.1") == ["> S"] * 4 and gaps == [1, 2, 4], f"SYNs after {gaps} seconds")


def make_simultaneous_open(lab):
    """Both call connect() before the other's SYN has arrived."""
    client, server, _ = lab.pair(delay=0.05)
    one, other = lab.bound(client, ("10.0.0.1", 3572)), lab.bound(server, SERVER)
    with lab.capture(client, "simultaneous-open.pcap") as path:
        for end, peer in ((one, SERVER), (other, ("10.0.0.1", 3572))):
            end.setblocking(False)
            expect(end.connect_ex(peer) == errno.EINPROGRESS, "connect() ended at once")
        time.sleep(0.5)
        one.settimeout(5)
        other.settimeout(5)
        one.sendall(b"hello from here\n")
        receive(other, 16)
        other.sendall(b"and from here\n")
        receive(one, 14)
        one.close()
        drained(other)
        other.close()
        time.sleep(0.2)
    found = frames(path)
    lines = told(found, "10.0.0.1")
    expect(lines[:2] == ["> S", "< S"], f"recorded {lines}")
    expect(contains(lines, ["> SA", "> PA 16", "< PA 14", "> FA", "< FA", "> A"]), f"recorded {lines}")


def make_fast_open(lab):
    """The first connection fetches a cookie, the second sends data in its SYN."""
    client, server, _ = lab.pair(delay=0.01)
    for host in (client, server):
        host.sysctl("ipv4/tcp_fastopen", 3)
    listener = lab.listen(server, SERVER)
    listener.setsockopt(socket.IPPROTO_TCP, TCP_FASTOPEN, 16)
    with lab.capture(client, "fast-open.pcap") as path:
        for _ in range(2):
            caller = lab.keep(client.socket())
            caller.settimeout(None)  # otherwise it does not wait for the cookie
            caller.sendto(b"location", MSG_FASTOPEN, SERVER)
            accepted, _ = listener.accept()
            receive(accepted, 8)
            accepted.sendall(b"OK\n")
            receive(caller, 3)
            caller.close()
            drained(accepted)
            accepted.close()
            time.sleep(0.2)
    found = frames(path)
    syns = [f for f in found if f.flags == "S"]
    expect([len(f.payload) for f in syns] == [0, 8], f"SYN payloads {[f.payload for f in syns]}")
    accepted = [f for f in found if f.flags == "SA"][1]
    expect(accepted.ack == (syns[1].seq + 9) & 0xFFFFFFFF, "the SYN-ACK does not acknowledge the data")


def make_port_reuse(lab):
    """The server closes first, and the client calls again from the same port
    while the server still holds TIME_WAIT."""
    client, server, _ = lab.pair()
    listener = lab.listen(server, SERVER)
    with lab.capture(client, "port-reuse.pcap") as path:
        for _ in range(2):
            caller, accepted = lab.connect(client, SERVER, ("", 3572), listener)
            caller.sendall(b"location")
            receive(accepted, 8)
            accepted.sendall(b"OK\n")
            receive(caller, 3)
            accepted.close()
            drained(caller)
            caller.close()
            time.sleep(1.2)  # the timestamp clock has moved on by then
    found = frames(path)
    lines = told(found, "10.0.0.1")
    expect({f.sport for f in found if f.source == "10.0.0.1"} == {3572}, "another port was used")
    expect(lines.count("> S") == 2 and lines.count("< SA") == 2, f"recorded {lines}")
    expect(lines.index("< FA") < lines.index("> FA") and "> R" not in lines, f"recorded {lines}")


def _segment(sender, flags, sequence, acknowledgment, options=b"", client=(bytes([10, 0, 0, 1]), 3572)):
    """A frame of a hand-made handshake between a client and the usual server."""
    addresses = [client[0], bytes([10, 0, 0, 2])]
    macs = [bytes.fromhex(mac.replace(":", "")) for mac in MACS]
    ports = [client[1], 3001]
    if sender:
        addresses, macs, ports = addresses[::-1], macs[::-1], ports[::-1]
    offset = (5 + len(options) // 4) << 4
    tcp = struct.pack("!HHIIBBHHH", *ports, sequence, acknowledgment, offset, flags, 64240, 0, 0) + options
    pseudo = b"".join(addresses) + struct.pack("!HH", TCP, len(tcp))
    tcp = tcp[:16] + struct.pack("!H", ones_complement(pseudo, tcp)) + tcp[18:]
    header = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(tcp), sequence & 0xFFFF, 0x4000, 64, TCP, 0)
    header += b"".join(addresses)
    header = header[:10] + struct.pack("!H", ones_complement(header)) + header[12:]
    return macs[1] + macs[0] + b"\x08\x00" + header + tcp


def make_crafted_bad_syn_ack(lab):
    """Not from a kernel: a SYN-ACK that acknowledges x instead of x + 1."""
    x, y, maximum = 1000, 2000, bytes([2, 4, 5, 180])
    crafted = [
        _segment(0, 0x02, x, 0, maximum),
        _segment(1, 0x12, y, x, maximum),
        _segment(0, 0x04, x, 0),  # RFC 9293 3.10.7.3: <SEQ=SEG.ACK><CTL=RST>
    ]
    path, start = lab.path("crafted-bad-syn-ack.pcap"), 1_700_000_000_000_000_000
    write_pcap(path, [Frame(data, start + n * 400_000) for n, data in enumerate(crafted)])
    found = frames(path)
    expect(told(found, "10.0.0.1") == ["> S", "< SA", "> R"], "not the frames planned")
    expect(found[1].ack == found[0].seq, "the SYN-ACK is right")


def make_crafted_syn_flood(lab):
    """Not from a kernel: handshakes from forged addresses, a hundredth of a
    second apart, none of which gets its third step, and one honest client."""
    maximum, crafted = bytes([2, 4, 5, 180]), []

    def handshake(after, x, y, client, third):
        steps = [(0, 0x02, x, 0, maximum), (1, 0x12, y, x + 1, maximum), (0, 0x10, x + 1, y + 1)]
        for step, segment in enumerate(steps[: 2 + third]):
            crafted.append((after + step * 200_000, _segment(*segment, client=client)))

    for number in range(120):
        forged = bytes([198, 51, 100, 1 + number * 7 % 250])
        handshake(number * 10_000_000, 100_000 * number, 7_000_000 + number, (forged, 20_000 + number), third=False)
    handshake(605_000_000, 1000, 2000, (bytes([10, 0, 0, 1]), 3572), third=True)
    # The forged ones have been given time for their third step by then.
    crafted.append((5_000_000_000, _segment(0, 0x11, 1001, 2001)))
    path, start = lab.path("crafted-syn-flood.pcap"), 1_700_000_000_000_000_000
    write_pcap(path, [Frame(data, start + after) for after, data in sorted(crafted)])
    found = frames(path)
    expect(len([f for f in found if f.flags == "S"]) == 121, "not the SYNs planned")
    expect(len([f for f in found if f.flags == "A"]) == 1, "not the third step planned")
