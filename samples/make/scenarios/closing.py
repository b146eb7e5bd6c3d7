"""How connections end, or are forgotten."""

import socket
import struct
import time

from lab import MACS, contains, drained, expect, frames, receive, told

SERVER = ("10.0.0.2", 3001)
NO_LINGER = struct.pack("ii", 1, 0)


def _exchanged(lab, client, server, **how):
    """A connection over which one message and its answer have gone."""
    listener = lab.listen(server, SERVER)
    caller, accepted = lab.connect(client, SERVER, listener=listener, **how)
    caller.sendall(b"location")
    receive(accepted, 8)
    accepted.sendall(b"OK\n")
    receive(caller, 3)
    time.sleep(0.1)
    return caller, accepted


def make_close_four_steps(lab):
    """FIN, ACK, and the server's own FIN later, with its ACK."""
    client, server, _ = lab.pair(delay=0.002)
    with lab.capture(client, "close-four-steps.pcap") as path:
        caller, accepted = _exchanged(lab, client, server)
        caller.close()
        drained(accepted)
        time.sleep(0.3)
        accepted.close()
    lines = told(frames(path), "10.0.0.1")
    expect(lines[-4:] == ["> FA", "< A", "< FA", "> A"], f"recorded {lines}")


def make_close_three_steps(lab):
    """The server closes at once: its ACK and FIN are one segment."""
    client, server, _ = lab.pair(delay=0.002)
    with lab.capture(client, "close-three-steps.pcap") as path:
        caller, accepted = _exchanged(lab, client, server)
        caller.close()
        drained(accepted)
        accepted.close()
    found = frames(path)
    lines = told(found, "10.0.0.1")
    expect(lines[-3:] == ["> FA", "< FA", "> A"], f"recorded {lines}")
    expect(found[-2].ack == (found[-3].seq + 1) & 0xFFFFFFFF, "the FINs crossed")


def make_half_close(lab):
    """The client has said everything, the server goes on for half a second."""
    client, server, _ = lab.pair(delay=0.002)
    with lab.capture(client, "half-close.pcap") as path:
        caller, accepted = _exchanged(lab, client, server)
        caller.shutdown(socket.SHUT_WR)
        drained(accepted)
        for line in range(1, 6):
            time.sleep(0.1)
            accepted.sendall(b"position %d of 5\n" % line)
        time.sleep(0.1)
        accepted.close()
        expect(drained(caller).count(b"\n") == 5, "not all lines arrived")
    lines = told(frames(path), "10.0.0.1")
    half_closed = ["> FA", "< A"] + ["< PA 16", "> A"] * 5 + ["< FA", "> A"]
    expect(contains(lines, half_closed), f"recorded {lines}")


def make_close_wait(lab):
    """Four clients leave, the server closes only the last connection."""
    client, server, _ = lab.pair(delay=0.002)
    lab.address(client, "10.0.0.3/24")
    lab.know(server, "10.0.0.3", MACS[0])
    listener = lab.listen(server, SERVER)
    with lab.capture(server, "close-wait.pcap") as path:
        for source, closes in (("10.0.0.1", 0), ("10.0.0.3", 0), ("10.0.0.3", 0), ("10.0.0.1", 1)):
            if closes:
                time.sleep(2)
            caller, accepted = lab.connect(client, SERVER, (source, 0), listener)
            caller.sendall(b"location")
            receive(accepted, 8)
            time.sleep(0.1)
            caller.close()
            drained(accepted)
            if closes:
                accepted.close()
            time.sleep(0.3)
    found = frames(path)
    fins = [f.source for f in found if f.has("F")]
    expect(len(fins) == 5 and fins.count("10.0.0.2") == 1, f"FINs from {fins}")


def make_abort(lab):
    """Two ways to reset: SO_LINGER 0, and closing with data unread."""
    client, server, _ = lab.pair(delay=0.002)
    listener = lab.listen(server, SERVER)
    with lab.capture(client, "abort.pcap") as path:
        caller, accepted = lab.connect(client, SERVER, listener=listener)
        caller.sendall(b"location")
        receive(accepted, 8)
        time.sleep(0.2)
        caller.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, NO_LINGER)
        caller.close()
        time.sleep(0.3)
        caller, accepted = lab.connect(client, SERVER, listener=listener)
        caller.sendall(b"location")
        receive(accepted, 8)
        accepted.sendall(b"an answer that is not read\n")
        time.sleep(0.2)
        caller.close()
    lines = told(frames(path), "10.0.0.1")
    expect([line for line in lines if "R" in line] == ["> RA"] * 2 and "> FA" not in lines, f"recorded {lines}")


def make_after_close(lab):
    """The client is gone; what the server still sends is answered with RST."""
    client, server, _ = lab.pair(delay=0.002)
    with lab.capture(client, "after-close.pcap") as path:
        caller, accepted = _exchanged(lab, client, server)
        caller.close()
        drained(accepted)
        time.sleep(0.3)
        accepted.sendall(b"one thing more\n")
        time.sleep(0.1)
    lines = told(frames(path), "10.0.0.1")
    expect(lines[-4:] == ["> FA", "< A", "< PA 15", "> R"], f"recorded {lines}")


def make_simultaneous_close(lab):
    """Both close before the other's FIN has arrived."""
    client, server, _ = lab.pair(delay=0.05)
    with lab.capture(client, "simultaneous-close.pcap") as path:
        caller, accepted = _exchanged(lab, client, server)
        time.sleep(0.2)
        caller.close()
        accepted.close()
        time.sleep(0.3)
    found = frames(path)
    lines = told(found, "10.0.0.1")
    expect(lines[-4:] == ["> FA", "< FA", "> A", "< A"], f"recorded {lines}")
    expect(found[-3].ack == found[-4].seq, "the server's FIN acknowledges the client's")


def make_time_wait(lab):
    """The last ACK is lost, so the server's FIN comes again and is answered
    from TIME_WAIT."""
    client, server, wire = lab.pair(delay=0.002)
    fins, lost = [], []

    def last_ack(frame, side):
        if side == 1 and frame.has("F"):
            fins.append(frame)
        if side == 0 and frame.flags == "A" and fins and not lost:
            lost.append(frame)
            return True
        return False

    with lab.capture(client, "time-wait.pcap") as path:
        caller, accepted = _exchanged(lab, client, server)
        wire.lose = last_ack
        caller.close()
        drained(accepted)
        time.sleep(0.2)
        accepted.close()
        time.sleep(1.0)
    lines = told(frames(path), "10.0.0.1")
    expect(lines[-6:] == ["> FA", "< A", "< FA", "> A", "< FA", "> A"], f"recorded {lines}")


def make_half_open(lab):
    """The server restarts without a word; the client's next data meets a
    host that knows of no such connection."""
    client, server, wire = lab.pair(delay=0.002)
    with lab.capture(client, "half-open.pcap") as path:
        caller, accepted = _exchanged(lab, client, server)
        wire.lose = lambda frame, side: True
        accepted.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, NO_LINGER)
        accepted.close()  # its RST is lost: power failed
        time.sleep(1.5)
        wire.lose = lambda frame, side: False
        caller.sendall(b"location")
        time.sleep(0.2)
    lines = told(frames(path), "10.0.0.1")
    expect(lines[-2:] == ["> PA 8", "< R"], f"recorded {lines}")
