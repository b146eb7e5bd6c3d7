"""Frames as bytes: enough reading to drop the right one on the wire and to
check what was recorded, enough writing for what no kernel sends.

Comes in: a frame, or a pcap file. Goes out: `Frame`s, or a pcap or pcapng file.
"""

import ipaddress
import struct

ETHERNET, RAW, COOKED_2 = 1, 101, 276
IPV4, ARP, VLAN, IPV6 = 0x0800, 0x0806, 0x8100, 0x86DD
ICMP, TCP, UDP, ICMPV6 = 1, 6, 17, 58
FLAGS = "FSRPAUEC"


def ones_complement(*parts):
    """The Internet checksum (RFC 1071) over the parts joined."""
    data = b"".join(parts)
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


class Frame:
    """One frame, its fields read as far as they go; what is absent is None."""

    def __init__(self, data, time=None, original=None, link=ETHERNET):
        self.data, self.time = data, time
        self.original = len(data) if original is None else original
        self.protocol = self.source = self.destination = self.vlan = None
        self.sport = self.dport = self.seq = self.ack = self.window = None
        self.icmp = self.arp = self.dont_fragment = self.identification = None
        self.flags, self.options, self.payload, self.ip_header = "", b"", b"", b""
        self.segment = self.pseudo = b""
        try:
            if link == ETHERNET:
                self._ethernet()
            else:
                self._ip(data[20:] if link == COOKED_2 else data)
        except (struct.error, IndexError):
            pass  # cut by the snapshot length: keep what was read

    def _ethernet(self):
        kind, at = struct.unpack_from("!H", self.data, 12)[0], 14
        if kind == VLAN:
            self.vlan = struct.unpack_from("!H", self.data, 14)[0] & 0xFFF
            kind, at = struct.unpack_from("!H", self.data, 16)[0], 18
        if kind == ARP:
            self.protocol = "arp"
            self.arp = struct.unpack_from("!H", self.data, at + 6)[0]
            self.source = str(ipaddress.ip_address(self.data[at + 14 : at + 18]))
            self.destination = str(ipaddress.ip_address(self.data[at + 24 : at + 28]))
        elif kind in (IPV4, IPV6):
            self._ip(self.data[at:])

    def _ip(self, data):
        if data[0] >> 4 == 4:
            header = (data[0] & 15) * 4
            total, self.identification, fragment = struct.unpack_from("!HHH", data, 2)
            self.dont_fragment = bool(fragment & 0x4000)
            protocol, addresses = data[9], (data[12:16], data[16:20])
            self.ip_header, body = data[:header], data[header:total]
            if fragment & 0x3FFF:
                self.protocol, protocol = "fragment", None
        else:
            total, protocol, addresses = struct.unpack_from("!H", data, 4)[0], data[6], (data[8:24], data[24:40])
            body = data[40 : 40 + total]
        self.source, self.destination = (str(ipaddress.ip_address(a)) for a in addresses)
        self.segment = body
        self.pseudo = b"".join(addresses) + struct.pack("!HH", protocol or 0, len(body))
        if protocol == TCP:
            self.protocol = "tcp"
            self.sport, self.dport, self.seq, self.ack, offset, bits, self.window = struct.unpack_from("!HHIIBBH", body)
            self.flags = "".join(name for bit, name in enumerate(FLAGS) if bits >> bit & 1)
            self.options, self.payload = body[20 : (offset >> 4) * 4], body[(offset >> 4) * 4 :]
        elif protocol == UDP:
            self.protocol = "udp"
            self.sport, self.dport = struct.unpack_from("!HH", body)
            self.payload = body[8:]
        elif protocol in (ICMP, ICMPV6):
            self.protocol = "icmp" if protocol == ICMP else "icmpv6"
            self.icmp, self.payload = (body[0], body[1]), body[8:]

    def has(self, flag):
        """Whether a TCP flag is set, by its letter."""
        return flag in self.flags

    def option(self, kind):
        """The value of a TCP option, or None."""
        at = 0
        while at < len(self.options) and self.options[at]:
            if self.options[at] == 1:
                at += 1
                continue
            if self.options[at] == kind:
                return self.options[at + 2 : at + self.options[at + 1]]
            at += max(2, self.options[at + 1])
        return None

    def checksums_hold(self):
        """Whether every checksum in it is right (fragments are not looked at)."""
        if self.ip_header and ones_complement(self.ip_header):
            return False
        if self.protocol == "icmp":
            return not ones_complement(self.segment)
        if self.protocol in ("tcp", "udp", "icmpv6"):
            return not ones_complement(self.pseudo, self.segment)
        return True


def read_pcap(path):
    """The frames of a classic little-endian pcap, and its link type."""
    with open(path, "rb") as file:
        data = file.read()
    magic, _, _, _, _, _, link = struct.unpack_from("<IHHiIII", data)
    nano = {0xA1B2C3D4: 1000, 0xA1B23C4D: 1}[magic]
    frames, at = [], 24
    while at < len(data):
        seconds, fraction, kept, original = struct.unpack_from("<IIII", data, at)
        body = data[at + 16 : at + 16 + kept]
        frames.append(Frame(body, seconds * 10**9 + fraction * nano, original, link))
        at += 16 + kept
    return frames, link


def write_pcap(path, frames, link=ETHERNET, nano=False):
    """Frames (`data`, `time` in ns, `original`) into a classic pcap."""
    with open(path, "wb") as file:
        file.write(struct.pack("<IHHiIII", 0xA1B23C4D if nano else 0xA1B2C3D4, 2, 4, 0, 0, 262144, link))
        for frame in frames:
            fraction = frame.time % 10**9 // (1 if nano else 1000)
            file.write(struct.pack("<IIII", frame.time // 10**9, fraction, len(frame.data), frame.original))
            file.write(frame.data)


def _block(kind, body):
    body += b"\0" * (-len(body) % 4)
    return struct.pack("<II", kind, len(body) + 12) + body + struct.pack("<I", len(body) + 12)


def _option(code, value):
    return struct.pack("<HH", code, len(value)) + value + b"\0" * (-len(value) % 4)


def write_pcapng(path, interfaces, packets):
    """A pcapng: interfaces as (name, link type, digits of a second), packets
    as (interface number, frame, comment or None) in the order to write."""
    end = struct.pack("<HH", 0, 0)
    with open(path, "wb") as file:
        file.write(_block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1)))
        for name, link, digits in interfaces:
            options = _option(2, name.encode()) + _option(9, bytes([digits])) + end
            file.write(_block(1, struct.pack("<HHI", link, 0, 262144) + options))
        for number, frame, comment in packets:
            ticks = frame.time // 10 ** (9 - interfaces[number][2])
            body = struct.pack("<IIIII", number, ticks >> 32, ticks & 0xFFFFFFFF, len(frame.data), frame.original)
            body += frame.data + b"\0" * (-len(frame.data) % 4)
            if comment:
                body += _option(1, comment.encode()) + end
            file.write(_block(6, body))
