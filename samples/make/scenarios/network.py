"""Below the connections: ARP and ping, routers and their errors, fragments,
IPv6, VLANs."""

import socket
import struct
import time

from lab import Namespace, Wire, contains, drained, expect, frames, receive, told
from packets import ones_complement

SERVER = ("10.0.0.2", 3001)
IP_TTL, IP_MTU_DISCOVER, PMTUDISC_DONT, PMTUDISC_DO, IP_RECVERR = 2, 10, 0, 2, 11
PING_DATA = bytes(range(0x10, 0x48))  # 56 bytes, as ping sends


def ping(end, address, identifier, sequence):
    """Sends one echo request; `end` is a raw ICMP or ICMPv6 socket."""
    version_6 = ":" in address
    header = struct.pack("!BBHHH", 128 if version_6 else 8, 0, 0, identifier, sequence)
    total = 0 if version_6 else ones_complement(header, PING_DATA)  # the kernel fills in ICMPv6's
    end.sendto(header[:2] + struct.pack("!H", total) + header[4:] + PING_DATA, (address, 0))


def make_arp_ping(lab):
    """A host is resolved and pinged, one ping is lost, one host is not there."""
    client, _, wire = lab.pair(delay=0.002, arp=True)
    pinger = lab.keep(client.socket(kind=socket.SOCK_RAW, protocol=socket.IPPROTO_ICMP))
    wire.lose = lambda frame, side: side == 0 and frame.icmp == (8, 0) and frame.payload and frame.segment[7] == 3
    with lab.capture(client, "arp-ping.pcap") as path:
        for sequence in range(1, 6):
            ping(pinger, "10.0.0.2", 3572, sequence)
            time.sleep(0.3)
        ping(pinger, "10.0.0.99", 3573, 1)
        time.sleep(2.5)  # three requests, a second apart; later the server would refresh its cache
    found = frames(path)
    kinds = [f.arp or f.icmp[0] for f in found]
    expect(kinds == [1, 2, 8, 0, 8, 0, 8, 8, 0, 8, 0, 1, 1, 1], f"ARP operations and ICMP types {kinds}")


def _routed(lab, middle_mtu=1500):
    """A client, two routers and a server in a row."""
    hosts = client, first, second, server = [Namespace() for _ in range(4)]
    for number, (one, other) in enumerate(zip(hosts, hosts[1:])):
        lab.interface(one, "eth0" if one is client else "eth1", other, "eth0", mtu=middle_mtu if number == 1 else 1500)
    for host, device, address in (
        (client, "eth0", "192.0.2.10/24"), (first, "eth0", "192.0.2.1/24"),
        (first, "eth1", "198.51.100.1/30"), (second, "eth0", "198.51.100.2/30"),
        (second, "eth1", "203.0.113.1/24"), (server, "eth0", "203.0.113.20/24"),
    ):  # fmt: skip
        lab.address(host, address, device)
    gateways = ("192.0.2.1", "198.51.100.2", "198.51.100.1", "203.0.113.1")
    for host, gateway in zip(hosts, gateways):
        host.run(f"ip route add default via {gateway}")
        host.sysctl("ipv4/ip_forward", int(host in (first, second)))
        host.sysctl("ipv4/icmp_ratemask", 0)  # no error is held back
    return client, first, server


def make_icmp_errors(lab):
    """A route is traced; a hop with a smaller MTU, a closed port, an
    unreachable and a forbidden network answer."""
    client, first, server = _routed(lab, middle_mtu=1400)
    first.run("ip route add unreachable 198.51.100.128/25")
    first.run("ip route add prohibit 198.51.100.64/26")
    service = lab.keep(server.socket(kind=socket.SOCK_DGRAM))
    service.bind(("203.0.113.20", 3001))

    def probe(address, port, length, ttl=64):
        end = client.socket(kind=socket.SOCK_DGRAM)
        end.setsockopt(socket.IPPROTO_IP, IP_MTU_DISCOVER, PMTUDISC_DO)
        end.setsockopt(socket.IPPROTO_IP, IP_TTL, ttl)
        end.sendto(PING_DATA[:1] * length, (address, port))
        time.sleep(0.1)
        end.close()

    with lab.capture(client, "icmp-errors.pcap") as path:
        for ttl in range(1, 4):
            for attempt in range(3):
                probe("203.0.113.20", 33431 + 3 * ttl + attempt, 32, ttl)
        probe("203.0.113.20", 3001, 1472)
        probe("203.0.113.20", 3001, 1372)
        expect(len(service.recv(2000)) == 1372, "the smaller datagram did not arrive")
        probe("198.51.100.130", 3001, 8)
        probe("198.51.100.70", 3001, 8)
    errors = [f.icmp for f in frames(path) if f.protocol == "icmp"]
    expect(errors == [(11, 0)] * 6 + [(3, 3)] * 3 + [(3, 4), (3, 1), (3, 13)], f"ICMP errors {errors}")


def make_fragments(lab):
    """A datagram of 4000 bytes in three fragments, and its answer."""
    client, _, server = _routed(lab)
    service = lab.keep(server.socket(kind=socket.SOCK_DGRAM))
    service.bind(("203.0.113.20", 3001))
    caller = lab.keep(client.socket(kind=socket.SOCK_DGRAM))
    for end in (service, caller):
        end.setsockopt(socket.IPPROTO_IP, IP_MTU_DISCOVER, PMTUDISC_DONT)
    with lab.capture(client, "fragments.pcap") as path:
        caller.sendto(b"0123456789abcdef" * 250, ("203.0.113.20", 3001))
        message, sender = service.recvfrom(5000)
        service.sendto(message, sender)
        expect(len(caller.recv(5000)) == 4000, "the answer is cut")
    found = [f for f in frames(path) if f.protocol == "fragment"]
    expect([f.original for f in found] == [1514, 1514, 1082] * 2, f"sizes {[f.original for f in found]}")


def make_ipv6(lab):
    """Neighbour discovery, ping, a TCP exchange, and a closed UDP port."""
    client, server, _ = lab.pair(delay=0.002, arp=True, addresses=("2001:db8::1/64", "2001:db8::2/64"))
    pinger = lab.keep(client.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6))
    datagram = lab.keep(client.socket(socket.AF_INET6, socket.SOCK_DGRAM))
    listener = lab.listen(server, ("2001:db8::2", 3001))
    # Multicast listener reports, from the set-up, begin with hop-by-hop options.
    with lab.capture(client, "ipv6.pcap", "eth0", "ip6[6] != 0") as path:
        for sequence in (1, 2):
            ping(pinger, "2001:db8::2", 3572, sequence)
            time.sleep(0.2)
        caller, accepted = lab.connect(client, ("2001:db8::2", 3001), ("", 3572), listener)
        caller.sendall(b"location")
        receive(accepted, 8)
        accepted.sendall(b"OK\n")
        receive(caller, 3)
        caller.close()
        drained(accepted)
        accepted.close()
        datagram.sendto(b"location", ("2001:db8::2", 3002))
        time.sleep(0.2)
    found = frames(path)
    types = [f.icmp[0] for f in found if f.icmp]
    expect(types[:6] == [135, 136, 128, 129, 128, 129] and types[-1] == 1, f"ICMPv6 types {types}")
    lines = told(found, "2001:db8::1")
    expect(contains(lines, ["> S", "< SA", "> A", "> PA 8", "< PA 3", "> FA", "< FA", "> A"]), f"recorded {lines}")


def make_vlan(lab):
    """Between two switches: the same traffic with 802.1Q tags."""
    client, server = Namespace(), Namespace()
    near, far = Wire(0.001), Wire(0.001)
    near.trunk, far.trunk = (1, 42), (0, 42)
    lab.interface(client, "eth0", near.namespace, "w0", "02:00:00:00:0a:01")
    lab.interface(near.namespace, "w1", far.namespace, "w0")
    lab.interface(server, "eth0", far.namespace, "w1", "02:00:00:00:0a:02")
    for wire in (near, far):
        lab.started(wire)
    lab.address(client, "10.0.0.1/24")
    lab.address(server, "10.0.0.2/24")
    listener = lab.listen(server, SERVER)
    pinger = lab.keep(client.socket(kind=socket.SOCK_RAW, protocol=socket.IPPROTO_ICMP))
    with lab.capture(near.namespace, "vlan.pcap", "w1") as path:
        ping(pinger, "10.0.0.2", 3572, 1)
        time.sleep(0.2)
        caller, accepted = lab.connect(client, SERVER, ("", 3572), listener)
        caller.sendall(b"location")
        receive(accepted, 8)
        accepted.sendall(b"OK\n")
        receive(caller, 3)
        caller.close()
        drained(accepted)
        accepted.close()
    found = frames(path)
    expect({f.vlan for f in found} == {42}, f"VLANs {[f.vlan for f in found]}")
    expect([f.arp for f in found[:2]] == [1, 2] and [f.icmp for f in found[2:4]] == [(8, 0), (0, 0)], "no ARP and ping")
    lines = told(found, "10.0.0.1")
    expect(contains(lines, ["> S", "< SA", "> A", "> PA 8", "< PA 3", "> FA", "< FA", "> A"]), f"recorded {lines}")
