"""Transfers from host a to host b under faults.

Each scenario gets a `Run`, makes its network and plays both ends; it may
return a check of the truth that came out.
"""

import random
import socket
import time

from faults import ACK, DATA, Double, Flights, Late, Loss, Switch, Tails
from lab import drained, expect, meanwhile, receive

SEGMENT = 1448  # MSS 1460 less the timestamp option
KILO = 1024


def farewell(near, far):
    """The one end closes, the other reads what is left and closes too."""
    near.close()
    drained(far)
    far.close()
    time.sleep(0.1)


def speech(seed, bulk, bursts):
    """What host a says: first a lot at once, then messages of a few segments
    with pauses; to some it wants an answer. (size, pause after it, answered)"""
    chance = random.Random(f"speech {seed}")
    said = [(bulk, 0.05, True)]
    for _ in range(bursts):
        size = chance.choice((1, 1, 2, 3, 5, 8, 13)) * SEGMENT + chance.randrange(-700, 400)
        said.append((size, chance.uniform(0.0, 0.12), chance.random() < 0.5))
    return said


def converse(run, said, port=3001):
    """Says it and closes; the other end reads, answers where wanted, closes."""
    near, far = run.connected(port)
    contents = [random.Random(f"{run.seed} {number}").randbytes(size) for number, (size, _, _) in enumerate(said)]

    def listening():
        for content, (size, _, answered) in zip(contents, said):
            expect(receive(far, size) == content, "what arrived is not what was sent")
            if answered:
                far.sendall(b"OK\n")
        rest = drained(far)
        far.close()
        return not rest

    with meanwhile(listening) as result:
        for content, (_, pause, answered) in zip(contents, said):
            near.sendall(content)
            if answered:
                receive(near, 3)
            time.sleep(pause)
        near.close()
    expect(result[0], "more arrived than was sent")
    time.sleep(0.1)


def transfer(bulk=700 * KILO, bursts=24, faults=lambda seed: (), check=None, **network):
    """A scenario: the speech under faults."""

    def play(run):
        run.client = "ab"[run.seed % 2 == 0]  # who calls is not who sends
        run.network(**network)
        for fault in faults(run.seed):
            run.fault(fault)
        converse(run, speech(run.seed, bulk, bursts))
        return check

    return play


def nothing_again(_, rise):
    """The hosts had no reason to send anything again, and did not."""
    for side in "ab":
        expect(not rise[side].get("TcpRetransSegs"), f"{side} sent {rise[side].get('TcpRetransSegs')} segments again")


def nothing_wrong(run, rise):
    """Nor did they reset anything: a copy that comes when its socket is gone is answered with RST (RFC 9293, section
    3.10.7.1), which is told of, and rightly."""
    nothing_again(run, rise)
    for side in "ab":
        expect(not rise[side].get("TcpOutRsts"), f"{side} sent {rise[side].get('TcpOutRsts')} resets")


def roomy(end):
    """Lets a socket take everything at once, though nothing is acknowledged."""
    end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 256 * KILO)


def tail_loss(run):
    """The last one to three segments of messages, of some also the resend."""
    run.network(delay=0.005)
    tails, chance = run.fault(Tails(run.seed)), random.Random(f"tail {run.seed}")
    near, far = run.connected()
    end = 0
    for _ in range(9):
        size = chance.choice((1, 2, 4, 6, 10, 16)) * SEGMENT
        end += size
        tails.announce(end, min(chance.randint(1, 3), size // SEGMENT), SEGMENT, chance.random() < 0.25)
        near.sendall(bytes(size))
        receive(far, size)
        if chance.random() < 0.5:
            far.sendall(b"OK\n")
            receive(near, 3)
        time.sleep(0.1)
    farewell(near, far)


def blackout(run):
    """Nothing passes for one to four seconds in the middle of a transfer."""
    run.network(delay=0.01)
    dark, chance = run.fault(Switch()), random.Random(f"dark {run.seed}")
    near, far = run.connected()
    roomy(near)
    count, length = chance.choice((1, 2, 6, 40)) * SEGMENT, 20 * SEGMENT
    near.sendall(bytes(length))
    receive(far, length)
    time.sleep(0.1)
    dark.on = True
    near.sendall(bytes(count))
    time.sleep(chance.uniform(1.0, 4.0))
    dark.on = False
    receive(far, count)
    near.sendall(bytes(length))
    receive(far, length)
    farewell(near, far)


def relapse(run):
    """A blackout; then one segment passes, and what follows it is held back
    past a timeout or two. The new data among it (RFC 5682, step 2) tells the
    sender that a repeated one was not needed: it ends the repair as a fast one."""
    run.network(delay=0.03)
    dark, held, chance = Switch(), Switch(sides=("a",), hold=True), random.Random(f"relapse {run.seed}")
    run.fault(dark, held)
    near, far = run.connected()
    roomy(near)
    count, length = 40 * SEGMENT, 20 * SEGMENT
    near.sendall(bytes(length))
    receive(far, length)
    time.sleep(0.2)
    dark.on = True
    near.sendall(bytes(count))
    time.sleep(chance.uniform(0.5, 1.5))
    dark.on = False
    receive(far, SEGMENT)
    held.on = True  # its acknowledgment is still on the way
    time.sleep(chance.uniform(0.4, 1.6))
    held.on = False
    run.relay.release()
    receive(far, count - SEGMENT)
    near.sendall(bytes(length))
    receive(far, length)
    farewell(near, far)


def stall(chance_of_loss):
    """Everything is held back for a while and then arrives after all: the
    timeouts that this causes were not needed. Each time a new connection,
    since the sender learns from it to be patient. Some may be lost besides."""

    def play(run):
        run.network(delay=0.01)
        lost, held = Loss(run.seed, 0.0), Switch(sides=("a",), hold=True)
        run.fault(lost, held)
        chance = random.Random(f"stall {run.seed}")
        for port in range(3001, 3007):
            near, far = run.connected(port)
            roomy(near)
            size = chance.choice((4, 12, 30)) * SEGMENT
            near.sendall(bytes(size))
            receive(far, size)
            time.sleep(0.05)
            held.on, lost.chance = True, chance_of_loss
            near.sendall(bytes(size))
            time.sleep(chance.uniform(0.3, 0.9))
            held.on, lost.chance = False, 0.0
            run.relay.release()
            receive(far, size)
            time.sleep(0.1)
            near.close()
            drained(far)
            far.close()
        time.sleep(0.1)

    return play


QUESTIONS, LINES = 150, 400  # tests/lab.rs counts on them


def question(number, answer=False):
    """A message of DNS for the address of `host.test`, with its length before it."""
    flags = b"\x81\x80" if answer else b"\x01\x00"
    counts = b"\x00\x01" + (b"\x00\x01" if answer else bytes(2)) + bytes(4)
    message = number.to_bytes(2, "big") + flags + counts + b"\x04host\x04test\x00\x00\x01\x00\x01"
    if answer:
        message += b"\xc0\x0c\x00\x01\x00\x01\x00\x00\x01\x2c\x00\x04\xc0\x00\x02\x07"
    return len(message).to_bytes(2, "big") + message


def messages(run):
    """Questions and answers of DNS over TCP, then messages that each end with a
    newline; some segments are lost on both ways, some late. The first lines
    each go in a segment of their own, whatever is lost: what is sent while one
    is under way, the kernel may put into one segment."""
    run.network(delay=0.004)
    for side in "ab":
        run.fault(Loss(run.seed, 0.05, side=side), Late(run.seed, 0.03, side=side))
    chance = random.Random(f"messages {run.seed}")
    near, far = run.connected(53)

    def answering():
        for number in range(1, QUESTIONS + 1):
            expect(receive(far, len(question(number))) == question(number), "another question arrived than was asked")
            far.sendall(question(number, True))
        return True

    with meanwhile(answering) as result:
        for number in range(1, QUESTIONS + 1):
            near.sendall(question(number))
            if chance.random() < 0.7:
                time.sleep(chance.uniform(0.0, 0.01))
        receive(near, QUESTIONS * len(question(1, True)))
    expect(result[0], "not all was answered")
    farewell(near, far)
    near, far = run.connected(3001)
    for number in range(LINES):
        near.sendall(b"TEMP %04d 38.5C\n" % number)
        if number < 8:
            receive(far, 16)
        elif chance.random() < 0.3:
            time.sleep(chance.uniform(0.0, 0.02))
    receive(far, (LINES - 8) * 16)
    farewell(near, far)


def late_and_lost(seed):
    """One frame in 70 is lost, one in 25 late."""
    return Loss(seed, 0.014), Late(seed, 0.04)


BBR = {"tcp_congestion_control": "bbr"}
TRANSFERS = {
    "clean": transfer(delay=0.02, check=nothing_wrong, twice=True),
    "clean-bbr": transfer(delay=0.02, check=nothing_wrong, sysctls=BBR),
    "loss-1": transfer(900 * KILO, 30, lambda seed: (Loss(seed, 0.01),)),
    "loss-5": transfer(500 * KILO, 30, lambda seed: (Loss(seed, 0.05),)),
    "loss-delay": transfer(400 * KILO, 12, lambda seed: (Loss(seed, 0.02),), delay=0.02),
    "loss-bbr": transfer(600 * KILO, 24, lambda seed: (Loss(seed, 0.02),), sysctls=BBR),
    "loss-no-timestamps": transfer(500 * KILO, 24, lambda seed: (Loss(seed, 0.02),), sysctls={"tcp_timestamps": 0}),
    "loss-no-sack": transfer(400 * KILO, 20, lambda seed: (Loss(seed, 0.02),), sysctls={"tcp_sack": 0}),
    "reordering": transfer(700 * KILO, 24, lambda seed: (Late(seed, 0.05),)),
    "duplication": transfer(
        700 * KILO, 24, lambda seed: (Double(seed, 0.05), Double(seed, 0.02, side="b", kinds=(ACK, DATA))),
        delay=0.02, check=nothing_wrong,
    ),  # fmt: skip
    "loss-reordering": transfer(600 * KILO, 24, late_and_lost),
    "loss-reordering-no-timestamps": transfer(600 * KILO, 24, late_and_lost, sysctls={"tcp_timestamps": 0}),
    "loss-reordering-ipv6": transfer(600 * KILO, 24, late_and_lost, ipv6=True),
    "loss-duplication": transfer(500 * KILO, 24, lambda seed: (Loss(seed, 0.02), Double(seed, 0.03))),
    "lost-acks": transfer(500 * KILO, 30, lambda seed: (Loss(seed, 0.25, side="b", kinds=(ACK,)),)),
    "loss-both-ways": transfer(400 * KILO, 24, lambda seed: (Loss(seed, 0.03), Loss(seed, 0.1, side="b", kinds=(ACK, DATA)))),
    "flight-loss": transfer(300 * KILO, 16, lambda seed: (Flights(seed, 0.05, (4, 30), 30),)),
    "messages-loss": messages,
    "tail-loss": tail_loss,
    "blackout": blackout,
    "relapse": relapse,
    "stall": stall(0.0),
    "stall-loss": stall(0.2),
    # Cut by the sender's network card, or never (as between virtual machines).
    "offload": transfer(2000 * KILO, 24, delay=0.02, offload=True, split=True, check=nothing_wrong),
    "offload-uncut": transfer(2000 * KILO, 24, delay=0.02, offload=True, check=nothing_wrong),
    "offload-loss": transfer(1500 * KILO, 24, lambda seed: (Loss(seed, 0.01),), offload=True, split=True),
    "offload-uncut-loss": transfer(1500 * KILO, 40, lambda seed: (Loss(seed, 0.04),), offload=True),
}
