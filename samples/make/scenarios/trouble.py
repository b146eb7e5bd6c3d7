"""What goes wrong between real kernels: a queue that is full, an answer from
elsewhere, a path that is too narrow, a loop, a reset that nobody sent."""

import os
import signal
import socket
import struct
import time

from dns import query
from lab import MACS, Namespace, contains, drained, expect, frames, meanwhile, receive, told
from packets import Frame, ones_complement, read_pcap
from scenarios.network import _routed, ping

SERVER = ("10.0.0.2", 3001)


def make_accept_queue_full(lab):
    """A server that never calls accept(): its queue has room for three, the third
    step of the fourth is thrown away, and its SYN-ACK comes again."""
    client, server, _ = lab.pair(delay=0.05)
    server.sysctl("ipv4/tcp_syncookies", 0)
    lab.listen(server, SERVER, backlog=2)
    callers = []
    with lab.capture(client, "accept-queue-full.pcap") as path:
        for number in range(4):
            caller = lab.bound(client, ("", 0))
            caller.setblocking(False)
            caller.connect_ex(SERVER)
            callers.append(caller)
            time.sleep(0.3 if number < 2 else 0)
        time.sleep(4.5)
    lines = told(frames(path), "10.0.0.1")
    expect(lines.count("< SA") > 4, f"recorded {lines}")


def make_other_address(lab):
    """The answer comes from another address than was asked: a router translates
    on the way back alone."""
    client, server, _ = lab.pair()
    lab.listen(server, SERVER)
    server.run("nft -f -", "add table ip lab\nadd chain ip lab out { type filter hook output priority 0; }\n"
               "add rule ip lab out tcp flags & (syn | ack) == (syn | ack) ip saddr set 10.0.0.9\n")  # fmt: skip
    lab.know(client, "10.0.0.9", MACS[1])
    caller = lab.bound(client, ("", 0))
    caller.setblocking(False)
    with lab.capture(client, "other-address.pcap") as path:
        caller.connect_ex(SERVER)
        time.sleep(3.5)
    found = frames(path)
    expect({f.source for f in found if f.flags == "SA"} == {"10.0.0.9"}, "not the answer planned")


def make_syn_rejected(lab):
    """A router has no way to the server's network, and says so by ICMP."""
    client, first, _ = _routed(lab)
    first.run("ip route add unreachable 198.51.100.128/25")
    with lab.capture(client, "syn-rejected.pcap", "eth0", "ip") as path:
        try:
            lab.connect(client, ("198.51.100.129", 3001))
        except OSError:
            pass
    kinds = [f.icmp or f.flags for f in frames(path)]
    expect(kinds[:2] == ["S", (3, 1)], f"recorded {kinds}")


def _narrow(lab, name, heard):
    """A large transfer over a hop with a smaller MTU."""
    client, first, server = _routed(lab, middle_mtu=1000)
    if not heard:
        first.firewall("output", "icmp type destination-unreachable drop")
    listener = lab.listen(server, ("203.0.113.20", 3001))
    with lab.capture(client, name, "eth0", "ip", "-s", "200") as path:
        caller, accepted = lab.connect(client, ("203.0.113.20", 3001), ("", 0), listener)
        caller.sendall(b"small")
        receive(accepted, 5)
        caller.sendall(bytes(6000))
        if heard:
            receive(accepted, 6000)
            caller.close()
            drained(accepted)
            accepted.close()
        else:
            for _ in range(8):
                time.sleep(0.9)
                accepted.sendall(b"go on\n")
    return read_pcap(path)[0]


def make_path_mtu(lab):
    """Segments are too large for a hop; a router says which size passes, and the
    sender cuts them smaller."""
    found = _narrow(lab, "path-mtu.pcap", heard=True)
    expect((3, 4) in [f.icmp for f in found], "no router said anything")


def make_path_mtu_black_hole(lab):
    """The same hop, but what the router says never arrives."""
    found = _narrow(lab, "path-mtu-black-hole.pcap", heard=False)
    expect((3, 4) not in [f.icmp for f in found], "a router was heard")


def make_heartbeat(lab):
    """An application asks each second whether its peer is there."""
    client, server, _ = lab.pair()
    listener = lab.listen(server, SERVER)
    with lab.capture(client, "heartbeat.pcap") as path:
        caller, accepted = lab.connect(client, SERVER, ("", 3572), listener)
        for _ in range(6):
            caller.sendall(b"ping\n")
            receive(accepted, 5)
            accepted.sendall(b"pong\n")
            receive(caller, 5)
            time.sleep(1)
        caller.close()
        drained(accepted)
        accepted.close()
    lines = told(frames(path), "10.0.0.1")
    expect(lines.count("> PA 5") == 6, f"recorded {lines}")


def make_byte_stream(lab):
    """TCP keeps no messages apart: three lines go out in one segment, and one line
    in two."""
    client, server, _ = lab.pair()
    listener = lab.listen(server, SERVER)
    with lab.capture(client, "byte-stream.pcap") as path:
        caller, accepted = lab.connect(client, SERVER, ("", 3572), listener)
        caller.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for piece in (b"IDENTIFY:CE:96:C2:78:27:FC\n", b"location 52.5 13.4\nbattery 81\nbark 3\n",
                      b"location 52.", b"6 13.4\n", b"battery 80\nba", b"rk 4\n"):  # fmt: skip
            caller.sendall(piece)
            receive(accepted, len(piece))
            time.sleep(0.1)
        caller.close()
        drained(accepted)
        accepted.close()
    lines = told(frames(path), "10.0.0.1")
    expect(contains(lines, ["> PA 27", "> PA 37", "> PA 12", "> PA 7"]), f"recorded {lines}")


def make_ip_loop(lab):
    """Two routers each think that the other one knows the way."""
    client, first, _ = _routed(lab)
    first.run("ip route add 192.0.2.128/25 via 198.51.100.2")
    pinger = lab.keep(client.socket(kind=socket.SOCK_RAW, protocol=socket.IPPROTO_ICMP))
    pinger.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, 16)
    client.run("ip route add 192.0.2.128/25 via 192.0.2.1")
    with lab.capture(first, "ip-loop.pcap", "eth1", "icmp") as path:
        for number in (1, 2, 3):
            ping(pinger, "192.0.2.200", 3572, number)
            time.sleep(0.3)
    found = [f for f in frames(path) if f.icmp == (8, 0)]
    expect(len(found) > 20, f"the packet passed {len(found)} times")


def _inject(wire, side, data):
    """Puts a frame onto the wire, out of one of its ends."""
    wire._sockets[side].send(data)


def make_forged_reset(lab):
    """Someone forges a RST: its number is within the window, but not the next one,
    so that the server asks back and goes on."""
    client, server, wire = lab.pair()
    listener = lab.listen(server, SERVER)
    seen = []
    wire.lose = lambda frame, side: bool(seen.append((side, frame)))
    with lab.capture(server, "forged-reset.pcap") as path:
        caller, accepted = lab.connect(client, SERVER, ("", 3572), listener)
        for number in range(4):
            caller.sendall(b"location")
            receive(accepted, 8)
            accepted.sendall(b"OK\n")
            receive(caller, 3)
            if number == 1:
                last = [frame for side, frame in seen if side == 0 and frame.protocol == "tcp"][-1]
                tcp = struct.pack("!HHIIBBHHH", 3572, 3001, last.seq + 2000, 0, 0x50, 0x04, 0, 0, 0)
                pseudo = bytes([10, 0, 0, 1, 10, 0, 0, 2]) + struct.pack("!HH", 6, len(tcp))
                tcp = tcp[:16] + struct.pack("!H", ones_complement(pseudo, tcp)) + tcp[18:]
                header = struct.pack("!BBHHHBBH", 0x45, 0, 40, 4711, 0x4000, 61, 6, 0) + pseudo[:8]
                header = header[:10] + struct.pack("!H", ones_complement(header)) + header[12:]
                _inject(wire, 1, last.data[:14] + header + tcp)
            time.sleep(0.1)
        caller.close()
        drained(accepted)
        accepted.close()
    lines = told(frames(path), "10.0.0.1")
    expect(contains(lines, ["> R", "< A", "> PA 8"]), f"recorded {lines}")


def make_arp_conflict(lab):
    """A host announces its address, and then another one the same."""
    client, server, _ = lab.pair(arp=True)
    with lab.capture(client, "arp-conflict.pcap", "eth0", "arp") as path:
        for host in (client, server):
            host.run("ip addr add 10.0.0.7/24 dev eth0")
            host.run("busybox arping -U -c 1 -I eth0 10.0.0.7")
            time.sleep(0.3)
    found, _ = read_pcap(path)
    senders = {f.data[6:12] for f in found if f.source == "10.0.0.7"}
    expect(len(senders) == 2, f"{len(senders)} hosts announced it")


def make_icmp_redirect(lab):
    """A gateway passes a packet back into the network that it came from, and tells
    the sender that there is a shorter way."""
    client, server, _ = lab.pair()
    server.sysctl("ipv4/ip_forward", 1)
    for scope in ("all", "eth0"):
        server.sysctl(f"ipv4/conf/{scope}/send_redirects", 1)
        client.sysctl(f"ipv4/conf/{scope}/accept_redirects", 1)
    server.run("ip route add 203.0.113.0/24 via 10.0.0.3")
    lab.know(server, "10.0.0.3", "02:00:00:00:0a:03")
    client.run("ip route add 203.0.113.0/24 via 10.0.0.2")
    pinger = lab.keep(client.socket(kind=socket.SOCK_RAW, protocol=socket.IPPROTO_ICMP))
    with lab.capture(client, "icmp-redirect.pcap", "eth0", "icmp") as path:
        ping(pinger, "203.0.113.80", 3572, 1)
        time.sleep(0.5)
    kinds = [f.icmp[0] for f in frames(path)]
    expect(5 in kinds, f"ICMP types {kinds}")


def _answer(question, address):
    """An answer to a question for an address, by hand."""
    record = b"\xc0\x0c" + struct.pack("!HHIH", 1, 1, 60, 4) + socket.inet_aton(address)
    return question[:2] + struct.pack("!HHHHH", 0x8180, 1, 1, 0, 0) + question[12:] + record


def make_dns_two_answers(lab):
    """One query gets two answers that say different things, and the next one its
    answer from an address that was not asked."""
    client, server, _ = lab.pair()
    lab.address(server, "10.0.0.9/24")
    lab.know(client, "10.0.0.9", MACS[1])
    ends = []
    for address in ("10.0.0.2", "10.0.0.9"):
        end = lab.keep(server.socket(kind=socket.SOCK_DGRAM))
        end.bind((address, 53))
        ends.append(end)
    stub = lab.keep(client.socket(kind=socket.SOCK_DGRAM))
    with lab.capture(client, "dns-two-answers.pcap", "eth0", "udp") as path:
        stub.sendto(query(7978, "www.example.com", "A"), ("10.0.0.2", 53))
        question, sender = ends[0].recvfrom(512)
        ends[0].sendto(_answer(question, "203.0.113.80"), sender)
        time.sleep(0.02)
        ends[0].sendto(_answer(question, "198.51.100.66"), sender)
        time.sleep(0.3)
        stub.sendto(query(7979, "collar.example.com", "A"), ("10.0.0.2", 53))
        question, sender = ends[0].recvfrom(512)
        ends[1].sendto(_answer(question, "203.0.113.81"), sender)
        time.sleep(0.3)
    found = frames(path)
    expect(len(found) == 5, f"recorded {len(found)} packets")


def make_killed(lab):
    """A program is killed in the middle of its work: the kernel says goodbye for
    it, with a FIN, as if it had closed."""
    client, server, _ = lab.pair()
    listener = lab.listen(server, SERVER)
    with lab.capture(server, "killed.pcap") as path:
        child = os.fork()
        if child == 0:
            caller = client.socket()
            caller.bind(("", 3572))
            caller.connect(SERVER)
            while True:
                caller.sendall(b"location")
                time.sleep(0.2)
        accepted, _ = listener.accept()
        accepted.settimeout(5)
        receive(accepted, 24)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        drained(accepted)
        time.sleep(0.3)
        accepted.close()
        time.sleep(0.3)
    lines = told(frames(path), "10.0.0.1")
    expect(lines[0] == "> S" and contains(lines, ["> PA 8", "> FA", "< FA"]), f"recorded {lines}")


def make_doubled(lab):
    """A switch is recorded on all of its interfaces: what passes is there when it
    comes in and when it goes out."""
    client, switch, server = Namespace(), Namespace(), Namespace()
    lab.interface(client, "eth0", switch, "eth0", mac=MACS[0])
    lab.interface(server, "eth0", switch, "eth1", mac=MACS[1])
    switch.run("ip link add bridge0 type bridge")
    for device in ("eth0", "eth1"):
        switch.run(f"ip link set {device} master bridge0")
    switch.run("ip link set bridge0 up")
    lab.address(client, "10.0.0.1/24")
    lab.address(server, "10.0.0.2/24")
    lab.know(client, "10.0.0.2", MACS[1])
    lab.know(server, "10.0.0.1", MACS[0])
    listener = lab.listen(server, SERVER)
    with lab.capture(switch, "doubled.pcap", "any", "tcp") as path:
        caller, accepted = lab.connect(client, SERVER, ("", 3572), listener)
        for _ in range(8):
            caller.sendall(b"location")
            receive(accepted, 8)
            accepted.sendall(b"OK\n")
            receive(caller, 3)
            time.sleep(0.05)
        caller.close()
        drained(accepted)
        accepted.close()
    lines = told(frames(path), "10.0.0.1")
    expect(lines.count("> S") >= 2, f"recorded {lines}")
