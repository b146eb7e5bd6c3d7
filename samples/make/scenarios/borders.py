"""What happens to datagrams on their way: they are cut into fragments, and
their addresses are rewritten at a border."""

import os
import socket
import struct
import subprocess
import time

from lab import Namespace, contains, drained, expect, frames, receive, told
from packets import Frame, ones_complement, read_pcap, write_pcap

IP_MTU_DISCOVER, PMTUDISC_DONT = 10, 0


def _ping(host, *arguments):
    """Runs ping in a namespace; it has to get its answers."""
    with host.entered():
        done = subprocess.run(["ping", "-n", "-q", *arguments], capture_output=True, text=True)
    expect(done.returncode == 0, f"ping: {done.stdout.strip()} {done.stderr.strip()}")


def make_fragmented_ping(lab):
    """`ping -s 2000`, too long for one frame there and back, over IPv4 and IPv6."""
    client, server, _ = lab.pair(delay=0.002)
    for host, address in ((client, "2001:db8::1/64"), (server, "2001:db8::2/64")):
        lab.address(host, address)
    # Neighbours are known before the recording begins.
    _ping(client, "-c", "1", "2001:db8::2")
    fragments = "(ip[6:2] & 0x3fff != 0) or (ip6 and ip6[6] == 44)"
    with lab.capture(client, "fragmented-ping.pcap", "eth0", fragments) as path:
        _ping(client, "-c", "2", "-i", "0.2", "-s", "2000", "10.0.0.2")
        _ping(client, "-c", "2", "-i", "0.2", "-s", "2000", "2001:db8::2")
    sizes = [f.original for f in frames(path)]
    expect(sizes == [1514, 562] * 4 + [1510, 630] * 4 or len(sizes) == 16, f"sizes {sizes}")


def make_fragments_lost(lab):
    """Three datagrams of three fragments each; the second loses its middle one,
    and the receiver says so when it has waited 30 s."""
    client, server, wire = lab.pair(delay=0.002)
    service = lab.keep(server.socket(kind=socket.SOCK_DGRAM))
    service.bind(("10.0.0.2", 3001))
    caller = lab.keep(client.socket(kind=socket.SOCK_DGRAM))
    caller.bind(("10.0.0.1", 3572))
    caller.setsockopt(socket.IPPROTO_IP, IP_MTU_DISCOVER, PMTUDISC_DONT)
    passed = []

    def lose(frame, side):
        if side == 0 and frame.protocol == "fragment":
            passed.append(frame)
            return len(passed) == 5
        return False

    wire.lose = lose
    # Recorded where the lost one is missing.
    with lab.capture(server, "fragments-lost.pcap") as path:
        for number in range(3):
            caller.sendto(bytes([0x41 + number]) * 4000, ("10.0.0.2", 3001))
            time.sleep(0.2)
        time.sleep(30.5)
    found = frames(path)
    expect(len([f for f in found if f.protocol == "fragment"]) == 8, "not eight fragments")
    expect([f.icmp for f in found if f.icmp] == [(11, 1)], f"ICMP {[f.icmp for f in found if f.icmp]}")


def make_nat(lab):
    """Two hosts behind one address: nftables masquerades them. Recorded on all
    three interfaces of the router, in one file."""
    first, second, router, server = (Namespace() for _ in range(4))
    for number, host in enumerate((first, second, server)):
        lab.interface(host, "eth0", router, f"eth{number}")
    for host, device, address in (
        (first, "eth0", "10.0.0.1/24"), (router, "eth0", "10.0.0.254/24"),
        (second, "eth0", "10.0.1.1/24"), (router, "eth1", "10.0.1.254/24"),
        (server, "eth0", "203.0.113.20/24"), (router, "eth2", "203.0.113.1/24"),
    ):  # fmt: skip
        lab.address(host, address, device)
    first.run("ip route add default via 10.0.0.254")
    second.run("ip route add default via 10.0.1.254")
    router.sysctl("ipv4/ip_forward", 1)
    router.run(
        "nft -f -",
        "add table ip nat\n"
        "add chain ip nat postrouting { type nat hook postrouting priority 100; }\n"
        "add rule ip nat postrouting oifname eth2 masquerade\n",
    )
    listener = lab.listen(server, ("203.0.113.20", 3001))
    with (
        lab.capture(router, "eth0.pcap", "eth0") as one,
        lab.capture(router, "eth1.pcap", "eth1") as other,
        lab.capture(router, "eth2.pcap", "eth2") as outside,
    ):
        ends = []
        for host in (first, second):
            caller, accepted = lab.connect(host, ("203.0.113.20", 3001), ("", 3572), listener)
            caller.sendall(b"location")
            receive(accepted, 8)
            accepted.sendall(b"OK\n")
            receive(caller, 3)
            ends.append((caller, accepted))
        for caller, accepted in ends:
            caller.close()
            drained(accepted)
            accepted.close()
        time.sleep(0.2)
    merged = []
    for path in (one, other, outside):
        recorded, _ = read_pcap(path)
        merged += recorded
        os.remove(path)
    merged.sort(key=lambda frame: frame.time)
    path = lab.path("nat.pcap")
    write_pcap(path, merged)
    found = frames(path)
    syns = {(f.source, f.sport) for f in found if f.flags == "S"}
    expect(len(syns) == 4, f"SYNs of {syns}")
    expect(contains(told(found, "10.0.0.1"), ["> S", "> A", "> PA 8", "> FA"]), "the first host is not whole")


def _fragment(offset, data, more):
    """An IPv4 fragment of a UDP datagram from 10.0.0.1 to 10.0.0.2."""
    place = offset // 8 | (0x2000 if more else 0)
    header = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(data), 3572, place, 64, 17, 0)
    header += bytes([10, 0, 0, 1, 10, 0, 0, 2])
    header = header[:10] + struct.pack("!H", ones_complement(header)) + header[12:]
    macs = bytes.fromhex("0200000a0002") + bytes.fromhex("0200000a0001")
    return macs + b"\x08\x00" + header + data


def make_crafted_fragment_overlap(lab):
    """Not from a kernel: the second fragment overlaps the first and says
    something else there."""
    data = b"GET /public HTTP/1.0\r\n\r\n"
    datagram = struct.pack("!HHHH", 3572, 3001, 8 + len(data), 0) + data
    crafted = [
        _fragment(0, datagram[:16], True),
        _fragment(8, b"GET /secret HTTP", True),
        _fragment(24, datagram[24:], False),
    ]
    path, start = lab.path("crafted-fragment-overlap.pcap"), 1_700_000_000_000_000_000
    write_pcap(path, [Frame(piece, start + n * 100_000) for n, piece in enumerate(crafted)])
    expect(len(frames(path)) == 3, "not the frames planned")
