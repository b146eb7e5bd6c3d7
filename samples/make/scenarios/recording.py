"""What the recording itself does to the picture: begun late, cut short, one
direction only, taken before the network card's work, on two interfaces."""

import fcntl
import os
import select
import socket
import struct
import threading
import time

from lab import Namespace, drained, expect, frames, meanwhile, receive, told
from packets import COOKED_2, ETHERNET, RAW, read_pcap, write_pcapng

SERVER = ("10.0.0.2", 3001)
TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454CA, 0x0001, 0x1000


def _talk(caller, accepted, rounds=3):
    """A few messages and answers, and an orderly close."""
    for _ in range(rounds):
        caller.sendall(b"location")
        receive(accepted, 8)
        accepted.sendall(b"OK\n")
        receive(caller, 3)
        time.sleep(0.1)
    caller.close()
    drained(accepted)
    accepted.close()


def make_mid_stream(lab):
    """The recording begins when the connection is already in use."""
    client, server, _ = lab.pair(delay=0.002)
    listener = lab.listen(server, SERVER)
    caller, accepted = lab.connect(client, SERVER, ("", 3572), listener)
    with lab.capture(client, "mid-stream.pcap") as path:
        _talk(caller, accepted)
    lines = told(frames(path), "10.0.0.1")
    expect(lines[0] == "> PA 8" and lines[-3:] == ["> FA", "< FA", "> A"], f"recorded {lines}")


def make_one_sided(lab):
    """Only what the client receives was recorded."""
    client, server, _ = lab.pair(delay=0.002)
    listener = lab.listen(server, SERVER)
    with lab.capture(client, "one-sided.pcap", "eth0", "-Q", "in") as path:
        _talk(*lab.connect(client, SERVER, ("", 3572), listener))
    lines = told(frames(path), "10.0.0.1")
    expect(lines[0] == "< SA" and lines[-1] == "< FA" and all(line[0] == "<" for line in lines), f"recorded {lines}")


def make_snaplen(lab):
    """Recorded with `tcpdump -s 68`: the headers are whole, the data is cut."""
    client, server, _ = lab.pair(delay=0.002)
    listener = lab.listen(server, SERVER)
    with lab.capture(client, "snaplen.pcap", "eth0", "-s", "68") as path:
        _talk(*lab.connect(client, SERVER, ("", 3572), listener))
    cut = [f for f in frames(path) if f.original > len(f.data)]
    expect(cut and all(len(f.data) == 68 for f in cut), "nothing is cut")


def make_offload(lab):
    """Recorded on the sender with segmentation and checksum offload on."""
    client, server = Namespace(), Namespace()
    lab.interface(client, "eth0", server, "eth0", offload=True)
    lab.address(client, "10.0.0.1/24")
    lab.address(server, "10.0.0.2/24")
    listener = lab.listen(server, SERVER)
    with lab.capture(client, "offload.pcap") as path:
        caller, accepted = lab.connect(client, SERVER, ("", 3572), listener)
        with meanwhile(lambda: receive(accepted, 60_000)):
            caller.sendall(b"position of the collar" * 2728)
        _talk(caller, accepted, 1)
    found, _ = read_pcap(path)
    expect(any(f.original > 1514 for f in found), "no segment is larger than the wire takes")
    expect(not all(f.checksums_hold() for f in found), "the checksums are filled in")


def make_cooked(lab):
    """Recorded on all interfaces at once: Linux's own header instead of
    Ethernet's. One connection over the wire, one within the host."""
    client, server, _ = lab.pair(delay=0.002)
    far, near = lab.listen(server, SERVER), lab.listen(client, ("127.0.0.1", 3001))
    with lab.capture(client, "cooked.pcap", "any", "-y", "LINUX_SLL2") as path:
        _talk(*lab.connect(client, SERVER, ("", 3572), far), 1)
        _talk(*lab.connect(client, ("127.0.0.1", 3001), ("", 3573), near), 1)
    found, link = read_pcap(path)
    expect(link == COOKED_2, f"link type {link}")
    lines = told(found, "10.0.0.1")
    expect(lines.count("> S") == 1 and lines.count("< SA") >= 1, f"recorded {lines}")


class Tunnel:
    """Two hosts' TUN devices, their packets carried in UDP datagrams."""

    def __init__(self):
        self._ends, self._stop = [], False
        self._thread = threading.Thread(target=self._carry, daemon=True)

    def end(self, host, address, outer):
        """Adds `tun0` to a host; `outer` is its connected UDP socket."""
        with host.entered():
            file = os.open("/dev/net/tun", os.O_RDWR)
            fcntl.ioctl(file, TUNSETIFF, struct.pack("16sH", b"tun0", IFF_TUN | IFF_NO_PI))
        host.run("ip link set tun0 mtu 1400 up")
        host.run(f"ip addr add {address} dev tun0")
        self._ends.append((file, outer))

    def start(self):
        """Starts to carry."""
        self._thread.start()

    def _carry(self):
        while not self._stop:
            ready, _, _ = select.select([each for end in self._ends for each in end], [], [], 0.05)
            for file, outer in self._ends:
                if file in ready:
                    outer.send(os.read(file, 2000))
                if outer in ready:
                    os.write(file, outer.recv(2000))

    def close(self):
        """Ends the carrying, and the devices with it."""
        self._stop = True
        if self._thread.is_alive():
            self._thread.join()
        for file, _ in self._ends:
            os.close(file)


def make_two_interfaces(lab):
    """A tunnel over UDP, on its Ethernet and on its raw IP interface at
    once, with a comment on one packet."""
    client, server, _ = lab.pair(delay=0.002)
    outers = [lab.keep(host.socket(kind=socket.SOCK_DGRAM)) for host in (client, server)]
    tunnel = lab.keep(Tunnel())
    for host, outer, address, own, peer in (
        (client, outers[0], "198.51.100.1/30", "10.0.0.1", "10.0.0.2"),
        (server, outers[1], "198.51.100.2/30", "10.0.0.2", "10.0.0.1"),
    ):
        outer.bind((own, 40000))
        outer.connect((peer, 40000))
        tunnel.end(host, address, outer)
    tunnel.start()
    listener = lab.listen(server, ("198.51.100.2", 3001))
    nano = ("--time-stamp-precision", "nano")
    with lab.capture(client, "eth0.pcap") as below, lab.capture(client, "tun0.pcap", "tun0", *nano) as above:
        _talk(*lab.connect(client, ("198.51.100.2", 3001), ("", 3572), listener))
        time.sleep(0.3)
    outer, outer_link = read_pcap(below)
    inner, inner_link = read_pcap(above)
    expect((outer_link, inner_link) == (ETHERNET, RAW), f"link types {outer_link}, {inner_link}")
    merged = sorted([(f.time, 0, f) for f in outer] + [(f.time, 1, f) for f in inner], key=lambda entry: entry[:2])
    first = next(f for f in inner if f.payload == b"location")
    comment = "the collar's message inside the tunnel; the next packet on eth0 carries it"
    packets = [(number, frame, comment if frame is first else None) for _, number, frame in merged]
    write_pcapng(lab.path("two-interfaces.pcapng"), [("eth0", ETHERNET, 6), ("tun0", RAW, 9)], packets)
    expect(len(outer) == len(inner) == len(told(inner, "198.51.100.1")), f"{len(outer)} outer, {len(inner)} inner")
    for path in (below, above):
        os.remove(path)
