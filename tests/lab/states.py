"""How connections begin, wait, stall and end: each scenario shows one thing.

Host a calls, host b accepts. Each scenario gets a `Run`, makes its network and
plays both ends; it may return a check of the counters that came out.
"""

import random
import socket
import struct
import threading
import time

from bench import PORT
from faults import FIN, SYN, SYN_ACK, First, Switch
from lab import drained, expect, meanwhile, receive
from transfers import farewell, nothing_again

NO_LINGER = struct.pack("ii", 1, 0)
CALLERS, FIRST_PORT = 6, 4001
SEGMENT = 1448


def exchanged(near, far):
    """One message and its answer."""
    near.sendall(b"location")
    receive(far, 8)
    far.sendall(b"OK\n")
    receive(near, 3)


def several(run, wait):
    """Six connections side by side, each with a message and its answer; they
    close one after the other, `wait` seconds after the last exchange."""
    listener = run.listen()

    def serve():
        end, _ = listener.accept()
        end.settimeout(30)
        receive(end, 8)
        end.sendall(b"OK\n")
        drained(end)
        time.sleep(0.05)
        end.close()

    def call(port):
        end = run.lab.bound(run.hosts["a"], ("", port))
        end.settimeout(30)
        end.connect((run.addresses["b"], PORT))
        end.sendall(b"location")
        receive(end, 3)
        time.sleep(wait)
        end.close()

    threads = [threading.Thread(target=serve, daemon=True) for _ in range(CALLERS)]
    threads += [threading.Thread(target=call, args=(FIRST_PORT + n,), daemon=True) for n in range(CALLERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    expect(not any(thread.is_alive() for thread in threads), "not all connections came to their end")
    time.sleep(0.5)


def times(seed):
    """How often the first frame of a connection is lost: once or twice."""
    return lambda flow: 1 + (int(flow.split("-")[0]) + seed) % 2


def lost_syn(run):
    """The first SYN is lost, of some connections the second too."""
    run.network()
    run.fault(First(run.seed, times(run.seed), kinds=(SYN,)))
    several(run, 0.1)


def lost_syn_ack(run):
    """The first SYN-ACK is lost, of some connections the second too."""
    run.network()
    run.fault(First(run.seed, times(run.seed), side="b", kinds=(SYN_ACK,)))
    several(run, 0.1)


def lost_fin(run):
    """The caller's first FIN is lost, of some connections the second too."""
    run.network()
    run.fault(First(run.seed, times(run.seed), kinds=(FIN,)))
    several(run, 0.1)


def refused(run):
    """Nobody listens."""
    run.network()
    try:
        run.lab.connect(run.hosts["a"], (run.addresses["b"], PORT))
        expect(False, "the connection was not refused")
    except ConnectionRefusedError:
        pass


def firewalled(run):
    """The server drops the SYN at its input; the caller gives up."""
    run.network(sysctls={"a:tcp_syn_linear_timeouts": 0})
    run.listen()
    run.hosts["b"].firewall("input", f"tcp dport {PORT} drop")
    end = run.lab.bound(run.hosts["a"], ("", 0))
    end.settimeout(3.5)
    try:
        end.connect((run.addresses["b"], PORT))
        expect(False, "the connection came about")
    except TimeoutError:
        end.close()


def dead_host(run):
    """The other host vanishes; what is sent is never answered."""
    run.network()
    dark, chance = run.fault(Switch()), random.Random(f"dead {run.seed}")
    near, far = run.connected()
    exchanged(near, far)
    time.sleep(0.2)
    dark.on = True
    near.sendall(bytes(chance.choice((8, 1448, 4000))))
    time.sleep(7.6)  # resent after some 0.2, 0.4, 0.8, 1.6, 3.2 seconds more


def half_open(run):
    """The other host restarts without a word: data meets one that knows no
    such connection."""
    run.network()
    dark = run.fault(Switch())
    near, far = run.connected()
    exchanged(near, far)
    time.sleep(0.1)
    dark.on = True
    far.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, NO_LINGER)
    far.close()  # its RST is lost: power failed
    time.sleep(0.5)
    dark.on = False
    near.sendall(b"location")
    time.sleep(0.2)


def zero_window(run):
    """The receiver does not read for three seconds, then reads everything."""
    run.network(sysctls={"b:tcp_invalid_ratelimit": 0})  # every probe is answered
    size = 30_000 + 7000 * run.seed
    listener = run.listen()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)
    near, far = run.lab.connect(run.hosts["a"], (run.addresses["b"], PORT), listener=listener)
    with meanwhile(lambda: near.sendall(bytes(size)) or True):
        time.sleep(3)
        receive(far, size)
    farewell(near, far)

    def check(_, rise):
        expect(rise["b"].get("TCPToZeroWindowAdv"), "the window never fell to zero")
        expect(rise["a"].get("TCPWinProbe", 0) >= 2, "fewer than two window probes")

    return check


def keep_alive(run):
    """Nothing to say for some seconds but a probe each second."""
    run.network()
    near, far = run.connected()
    near.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    near.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 1)
    near.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 1)
    exchanged(near, far)
    time.sleep(3.6)
    farewell(near, far)

    def check(_, rise):
        expect(rise["a"].get("TCPKeepAlive") == 3, f"{rise['a'].get('TCPKeepAlive')} probes")

    return check


def half_close(run):
    """The caller has said everything, the server goes on."""
    run.network()
    near, far = run.connected()
    exchanged(near, far)
    near.shutdown(socket.SHUT_WR)
    drained(far)
    for line in range(1, 6):
        time.sleep(0.06)
        far.sendall(b"position %d of 5\n" % line)
    time.sleep(0.06)
    far.close()
    expect(drained(near).count(b"\n") == 5, "not all lines arrived")
    time.sleep(0.1)


def never_closed(run):
    """The caller leaves, the server forgets to close."""
    run.network()
    near, far = run.connected()
    exchanged(near, far)
    near.close()
    drained(far)
    time.sleep(2)


def abort(run):
    """The caller resets (SO_LINGER 0)."""
    run.network()
    near, far = run.connected()
    exchanged(near, far)
    time.sleep(0.1)
    near.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, NO_LINGER)
    near.close()
    time.sleep(0.1)


def abort_unread(run):
    """The caller closes with an answer unread."""
    run.network()
    near, far = run.connected()
    near.sendall(b"location")
    receive(far, 8)
    far.sendall(b"an answer that is not read\n")
    time.sleep(0.2)
    near.close()
    time.sleep(0.1)


def after_close(run):
    """The caller is gone; what the server still says is answered with RST."""
    run.network()
    near, far = run.connected()
    exchanged(near, far)
    near.close()
    drained(far)
    time.sleep(0.2)
    far.sendall(b"one thing more\n")
    time.sleep(0.1)


def simultaneous_close(run):
    """Both close before the other's FIN has arrived."""
    run.network(delay=0.05)
    near, far = run.connected()
    exchanged(near, far)
    time.sleep(0.3)
    near.close()
    far.close()
    time.sleep(0.3)


def port_reuse(run):
    """The server closes first; the caller comes again from the same port
    while the server still holds TIME_WAIT."""
    run.network()
    listener = run.listen()
    for _ in range(2):
        near, far = run.lab.connect(run.hosts["a"], (run.addresses["b"], PORT), ("", 3572), listener)
        exchanged(near, far)
        far.close()
        drained(near)
        near.close()
        time.sleep(1.2)  # the timestamp clock has moved on by then


def undisturbed(scenario):
    """The scenario, and a check that nobody sent anything again."""

    def play(run):
        check = scenario(run)

        def both(found, rise):
            nothing_again(found, rise)
            if check:
                check(found, rise)

        return both

    return play


STATES = {
    "lost-syn": lost_syn,
    "lost-syn-ack": lost_syn_ack,
    "lost-fin": lost_fin,
    "refused": undisturbed(refused),
    "firewalled": firewalled,
    "dead-host": dead_host,
    "half-open": undisturbed(half_open),
    "zero-window": zero_window,
    "keep-alive": undisturbed(keep_alive),
    "half-close": undisturbed(half_close),
    "never-closed": undisturbed(never_closed),
    "abort": undisturbed(abort),
    "abort-unread": undisturbed(abort_unread),
    "after-close": undisturbed(after_close),
    "simultaneous-close": undisturbed(simultaneous_close),
    "port-reuse": undisturbed(port_reuse),
}
