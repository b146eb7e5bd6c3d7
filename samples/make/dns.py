"""A name server and a stub resolver, as small as the samples allow (RFC 1035).

Comes in: questions. Goes out: messages as bytes, and a thread that answers
over UDP and TCP from a table of records.
"""

import ipaddress
import select
import struct
import threading

TYPES = {"A": 1, "NS": 2, "CNAME": 5, "SOA": 6, "PTR": 12, "MX": 15, "TXT": 16, "AAAA": 28, "SRV": 33,
         "HTTPS": 65}  # fmt: skip
QUERY, RESPONSE = 0x0100, 0x8180  # RD; QR, RD, RA
TRUNCATED, REFUSED, SERVER_FAILURE, NO_SUCH_NAME = 0x0200, 5, 2, 3


class Message:
    """A message being written; names seen before become pointers."""

    def __init__(self):
        self.body, self.places = b"", {}

    def name(self, name):
        """Appends a name, compressed."""
        labels = name.rstrip(".").split(".")
        while labels != [""] and labels:
            rest = ".".join(labels)
            if rest in self.places:
                self.body += struct.pack("!H", 0xC000 | self.places[rest])
                return
            self.places[rest] = 12 + len(self.body)
            self.body += bytes([len(labels[0])]) + labels[0].encode()
            labels = labels[1:]
        self.body += b"\0"

    def question(self, name, kind):
        """Appends a question."""
        self.name(name)
        self.body += struct.pack("!HH", TYPES[kind], 1)

    def record(self, name, kind, ttl, value):
        """Appends a record; `value` is text as in a zone file."""
        self.name(name)
        self.body += struct.pack("!HHI", TYPES[kind], 1, ttl)
        length_at = len(self.body)
        self.body += b"\0\0"
        self._data(kind, value)
        length = len(self.body) - length_at - 2
        self.body = self.body[:length_at] + struct.pack("!H", length) + self.body[length_at + 2 :]

    def _data(self, kind, value):
        words = value.split()
        if kind in ("A", "AAAA"):
            self.body += ipaddress.ip_address(value).packed
        elif kind == "TXT":
            for piece in (value[i : i + 255].encode() for i in range(0, len(value), 255)):
                self.body += bytes([len(piece)]) + piece
        elif kind == "SOA":
            self.name(words[0])
            self.name(words[1])
            self.body += struct.pack("!IIIII", *map(int, words[2:]))
        elif kind in ("MX", "SRV"):
            self.body += struct.pack(f"!{len(words) - 1}H", *map(int, words[:-1]))
            # RFC 2782: a server's name in SRV is not compressed
            if kind == "SRV":
                self.places = {}
            self.name(words[-1])
        else:
            self.name(value)


def query(identifier, name, kind):
    """A recursive question."""
    message = Message()
    message.question(name, kind)
    return struct.pack("!HHHHHH", identifier, QUERY, 1, 0, 0, 0) + message.body


def asked(data):
    """Identifier, name and type of a question's message."""
    labels, at = [], 12
    while data[at]:
        labels.append(data[at + 1 : at + 1 + data[at]].decode())
        at += 1 + data[at]
    number = struct.unpack_from("!H", data, at + 1)[0]
    kind = next(text for text, value in TYPES.items() if value == number)
    return struct.unpack_from("!H", data)[0], ".".join(labels), kind


class NameServer:
    """Answers from `records`: (name, type) to a list of (ttl, value); a name
    in `codes` gets that response code, one in `silent` nothing at all.
    Answers longer than 512 bytes are cut over UDP."""

    def __init__(self, records, soa, codes=(), silent=()):
        self.records, self.soa = records, soa
        self.codes, self.silent = dict(codes), set(silent)
        self._stop, self._thread = False, None

    def answer(self, data, limit):
        """The response to a query's bytes, or None."""
        identifier, name, kind = asked(data)
        if name in self.silent:
            return None
        message, answers, authorities = Message(), 0, 0
        message.question(name, kind)
        code, owner = self.codes.get(name, 0), name
        while not code and (owner, "CNAME") in self.records and kind != "CNAME":
            ttl, target = self.records[owner, "CNAME"][0]
            message.record(owner, "CNAME", ttl, target)
            owner, answers = target, answers + 1
        found = [] if code else self.records.get((owner, kind), [])
        for ttl, value in found:
            message.record(owner, kind, ttl, value)
        if not found and code in (0, NO_SUCH_NAME):
            message.record(*self.soa)
            authorities = 1
        counts = (1, answers + len(found), authorities, 0)
        if 12 + len(message.body) > limit:
            message, counts, code = Message(), (1, 0, 0, 0), TRUNCATED
            message.question(name, kind)
        return struct.pack("!HHHHHH", identifier, RESPONSE | code, *counts) + message.body

    def serve(self, datagrams, listener):
        """Starts answering on a UDP and a listening TCP socket."""
        self._thread = threading.Thread(target=self._serve, args=(datagrams, listener), daemon=True)
        self._thread.start()

    def _serve(self, datagrams, listener):
        while not self._stop:
            ready, _, _ = select.select([datagrams, listener], [], [], 0.05)
            if datagrams in ready:
                data, sender = datagrams.recvfrom(512)
                response = self.answer(data, 512)
                if response:
                    datagrams.sendto(response, sender)
            if listener in ready:
                self._stream(listener.accept()[0])

    def _stream(self, accepted):
        with accepted:
            accepted.settimeout(5)
            while True:
                head = accepted.recv(2)
                if len(head) < 2:
                    return
                response = self.answer(accepted.recv(struct.unpack("!H", head)[0]), 65535)
                accepted.sendall(struct.pack("!H", len(response)) + response)

    def close(self):
        """Ends the thread."""
        self._stop = True
        if self._thread:
            self._thread.join()
