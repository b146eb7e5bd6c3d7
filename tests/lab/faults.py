"""What happens to frames on their way, by seed.

Comes in: a frame that entered the relay (`relay.Seen`). Goes out: the extra
delay in seconds of every copy to send on — `[]` loses it, `[0.0, 0.001]`
doubles it — or None where this fault lets the frame alone. A decision depends
on the seed, the frame's side, its kind and its number among its kind, and on
nothing else: not on the clock, not on what happened to other frames.
"""

import hashlib

DATA, ACK, SYN, SYN_ACK, FIN, RST = "data", "ack", "syn", "syn_ack", "fin", "rst"


def dice(*what):
    """A number from 0 to 1 (exclusive) that only the arguments decide."""
    digest = hashlib.blake2b(repr(what).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") / 2**64


class Fault:
    """Picks frames of one side and of some kinds."""

    name = "fault"

    def __init__(self, seed, side="a", kinds=(DATA,)):
        self.seed, self.side, self.kinds = seed, side, kinds

    def picks(self, frame):
        """Whether side and kind are those of this fault."""
        return frame.side == self.side and frame.kind in self.kinds

    def dice(self, frame, *what):
        """This fault's number for the frame, a further one for each purpose."""
        return dice(self.seed, self.name, frame.side, frame.kind, frame.index, *what)

    def fate(self, frame):
        """See the head of this file."""
        raise NotImplementedError


class Loss(Fault):
    """Each frame is lost with the same chance."""

    name = "loss"

    def __init__(self, seed, chance, **which):
        super().__init__(seed, **which)
        self.chance = chance

    def fate(self, frame):
        return [] if self.picks(frame) and self.dice(frame) < self.chance else None


class Late(Fault):
    """Some frames are held back and overtaken by those behind them."""

    name = "late"

    def __init__(self, seed, chance, by=(0.001, 0.006), **which):
        super().__init__(seed, **which)
        self.chance, self.by = chance, by

    def fate(self, frame):
        if not self.picks(frame) or self.dice(frame) >= self.chance:
            return None
        least, most = self.by
        return [least + (most - least) * self.dice(frame, "by")]


class Double(Fault):
    """Some frames arrive twice, at once or a little later."""

    name = "double"

    def __init__(self, seed, chance, gap=(0.0, 0.004), **which):
        super().__init__(seed, **which)
        self.chance, self.gap = chance, gap

    def fate(self, frame):
        if not self.picks(frame) or self.dice(frame) >= self.chance:
            return None
        least, most = self.gap
        return [0.0, least + (most - least) * self.dice(frame, "gap")]


class Flights(Fault):
    """Whole flights are lost: from a frame chosen by chance on, so many new
    ones, and of what is sent again meanwhile the first few; then a rest."""

    name = "flight"

    def __init__(self, seed, chance, length, rest, again=2, **which):
        super().__init__(seed, **which)
        self.chance, self.length, self.rest, self.again = chance, length, rest, again
        self.left, self.left_again, self.quiet = 0, 0, rest

    def fate(self, frame):
        if not self.picks(frame):
            return None
        if frame.again:
            lost, self.left_again = self.left_again > 0, max(0, self.left_again - 1)
            return [] if lost else None
        if not self.left and not self.quiet and self.dice(frame) < self.chance:
            least, most = self.length
            self.left = least + int(self.dice(frame, "length") * (most - least + 1))
            self.left_again = int(self.dice(frame, "again") * (self.again + 1))
            self.quiet = self.rest
        if self.left:
            self.left -= 1
            return []
        self.quiet = max(0, self.quiet - 1)
        return None


class First(Fault):
    """The first frames of their kind in every connection are lost."""

    name = "first"

    def __init__(self, seed, count=lambda flow: 1, **which):
        super().__init__(seed, **which)
        self.count, self.lost = count, {}

    def fate(self, frame):
        if not self.picks(frame):
            return None
        left = self.lost.setdefault(frame.flow, self.count(frame.flow))
        self.lost[frame.flow] = max(0, left - 1)
        return [] if left else None


class Tails(Fault):
    """The last segments of messages are lost. The peers announce where each
    message ends (bytes of the stream so far) before they send it; then its
    last `count` segments' first transmissions are lost, of some messages the
    first resend of the very last segment as well."""

    name = "tail"

    def __init__(self, seed, **which):
        super().__init__(seed, **which)
        self.tails, self.initial = [], None

    def announce(self, end, count, size, again):
        """Bytes `count * size` before stream position `end` will be lost."""
        self.tails.append([end - count * size, end, {}, again])

    def fate(self, frame):
        if frame.side != self.side:
            return None
        if frame.kind in (SYN, SYN_ACK):
            self.initial = frame.seq
        if self.initial is None or frame.kind not in self.kinds:
            return None
        end = (frame.seq + frame.length - self.initial - 1) & 0xFFFFFFFF
        for first, last, lost, again in self.tails:
            if first < end <= last:
                allowed = 1 + (again if end == last else 0)
                if lost.setdefault(end, 0) < allowed:
                    lost[end] += 1
                    return []
        return None


class Switch(Fault):
    """A fault that the scenario turns on and off: everything of the sides
    given is lost (`hold` False) or held back until it is turned off."""

    name = "dark"

    def __init__(self, sides=("a", "b"), hold=False):
        super().__init__(0)
        self.sides, self.hold, self.on = sides, hold, False

    def fate(self, frame):
        if not self.on or frame.side not in self.sides:
            return None
        return HELD if self.hold else []


HELD = [float("inf")]  # sent on when the relay is told to release
